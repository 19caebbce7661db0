using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Faultbox.Containers;
using Faultbox.Core.Topology;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Shim;
using Faultbox.Runtime.Services;
using Faultbox.Runtime.Supervision;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Runtime.Containers;

/// <summary>The containers of a run: the engine, their images and network, and how each is started.</summary>
internal sealed class ContainerRunner(SpecModel spec, AddressPlan plan, AddressBook addresses, string runId, IRunObserver observer) : IDisposable
{
    private const string NetworkName = "faultbox-net";
    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private readonly ConcurrentDictionary<ContainerProcess, bool> _running = new();
    private Engine? _engine;
    private ContainerImages? _images;
    private StartException? _failure;
    private string? _network;
    private string _suffix = "";

    private IEnumerable<ServiceDefinition> Containers => spec.Services.Where(s => s.Kind == ServiceKind.Container);

    /// <summary>Digests of the images in use, by reference.</summary>
    public IReadOnlyDictionary<string, string> Images =>
        new SortedDictionary<string, string>((_images?.Digests ?? []).ToDictionary(), StringComparer.Ordinal);

    /// <summary>
    /// Connects to the engine, removes what dead runs left there, and prepares the images. What fails is reported by the tests that need it.
    /// </summary>
    public void Prepare(CancellationToken cancellation)
    {
        if (Containers.Any())
        {
            try
            {
                PrepareAsync(cancellation).GetAwaiter().GetResult();
            }
            catch (EngineException e)
            {
                _failure = Unavailable(e);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // The run is over before its first test.
            }
        }
    }

    /// <summary>Starts the container of a service; it runs when this returns, with its first intercepted call held back.</summary>
    /// <param name="service">The service.</param>
    /// <param name="environment">Its environment and arguments.</param>
    /// <param name="filtered">Numbers of the calls to intercept; empty for none.</param>
    /// <param name="supervisor">Who decides them.</param>
    /// <param name="directory">Private directory of the service.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="StartException">It could not be started; nothing is left of it.</exception>
    public ContainerProcess Launch(
        ServiceDefinition service,
        ServiceEnvironment environment,
        IReadOnlyCollection<int> filtered,
        SyscallSupervisor? supervisor,
        string directory,
        CancellationToken cancellation)
    {
        try
        {
            return LaunchAsync(service, environment, filtered, supervisor, directory, cancellation).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is EngineException or LaunchException or IOException)
        {
            var advice = e is LaunchException { Step: not LaunchStep.Execute } ? "; seccomp = False starts it without interception" : "";
            throw new StartException("LAUNCH_FAILED", $"launch container \"{service.Name}\": {e.Message}{advice}", service.Name);
        }
    }

    /// <summary>Removes what is left of the run.</summary>
    public void Dispose()
    {
        foreach (var container in _running.Keys)
        {
            container.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        if (_engine is not null && _network is not null)
        {
            try
            {
                _engine.RemoveNetworkAsync(_network, CancellationToken.None).GetAwaiter().GetResult();
            }
            catch (EngineException)
            {
                // Somebody joined it; the next run removes it.
            }
        }

        _engine?.Dispose();
    }

    private static StartException Unavailable(EngineException e) => new(
        "DOCKER_UNAVAILABLE",
        $"docker client: {e.Message}; start the Docker daemon (systemctl start docker), or set DOCKER_HOST to where it listens");

    private async Task PrepareAsync(CancellationToken cancellation)
    {
        _engine = await Engine.ConnectAsync(EngineAddress.Find(), cancellation).ConfigureAwait(false);
        var leftovers = await Leftovers.SweepAsync(_engine, cancellation).ConfigureAwait(false);
        _suffix = leftovers.IsShared ? $"-{runId[..4]}" : "";
        if (leftovers.Removed.Count > 0)
        {
            observer.Log(RunLogLevel.Info, "containers", $"removed what earlier runs left: {string.Join(", ", leftovers.Removed)}", []);
        }

        if (leftovers.Kept.Count > 0)
        {
            observer.Log(RunLogLevel.Info, "containers", $"left alone, running and not ours: {string.Join(", ", leftovers.Kept)}", []);
        }

        _images = new ContainerImages(_engine, spec.BaseDirectory);
        Task prepared = Task.WhenAll(Containers.Select(s => _images.GetAsync(s, cancellation)));
        await prepared.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<ContainerProcess> LaunchAsync(
        ServiceDefinition service,
        ServiceEnvironment environment,
        IReadOnlyCollection<int> filtered,
        SyscallSupervisor? supervisor,
        string directory,
        CancellationToken cancellation)
    {
        if (_failure is not null)
        {
            throw _failure;
        }

        var engine = _engine ?? throw new OperationCanceledException(cancellation);
        var image = await _images!.GetAsync(service, cancellation).ConfigureAwait(false);
        using var handOff = filtered.Count == 0 ? null : new ContainerHandOff(new ContainerLaunch
        {
            Name = service.Name,
            Command = CommandOf(service, environment, image),
            Environment = [.. environment.Environment, .. image.Config?.Env ?? [], DefaultPath],
            FilteredSyscalls = filtered,
            AllowIoUring = service.AllowIoUring,
            Handler = supervisor!,
            Directory = directory,
        });
        var id = await CreateAsync(engine, service, environment, handOff, cancellation).ConfigureAwait(false);
        var output = new ContainerOutput();
        Farewell? farewell = null;
        try
        {
            farewell = engine.SocketPath is { } socket ? new Farewell(socket, engine.RemovalRequests(id, _network!)) : null;
            var exited = await engine.WatchExitAsync(id, CancellationToken.None).ConfigureAwait(false);
            await engine.StartAsync(id, cancellation).ConfigureAwait(false);
            output.Follow(await engine.FollowLogsAsync(id, CancellationToken.None).ConfigureAwait(false));
            var details = await engine.InspectAsync(id, cancellation).ConfigureAwait(false);
            if (IPAddress.TryParse(details.NetworkSettings?.Networks?.GetValueOrDefault(_network!)?.IPAddress, out var address))
            {
                addresses.Join(service.Name, address);
            }

            var process = details.State.Pid;
            (NotificationListener, SafeFileHandle)? supervision = handOff?.Complete(
                process, exited, () => engine.ErrorOutputAsync(id, cancellation).GetAwaiter().GetResult());
            var container = new ContainerProcess(engine, id, image, process, exited, output, supervision, farewell);
            _running[container] = true;
            return container;
        }
        catch
        {
            await engine.RemoveAsync(id, CancellationToken.None).ConfigureAwait(false);
            farewell?.Dispose();
            throw;
        }
    }

    private async Task<string> CreateAsync(
        Engine engine, ServiceDefinition service, ServiceEnvironment environment, ContainerHandOff? handOff, CancellationToken cancellation)
    {
        var network = await EnsureNetworkAsync(engine, cancellation).ConfigureAwait(false);
        var request = new ContainerRequest
        {
            Image = ContainerImages.ReferenceOf(service),
            Hostname = service.Name,
            Env = environment.Environment,
            Entrypoint = handOff is null ? null : [ContainerHandOff.ShimTarget],
            Cmd = handOff is null && service.Arguments.Count > 0 ? environment.Arguments : null,
            ExposedPorts = Ports(service).ToDictionary(p => p.Container, _ => new Empty()),
            Labels = RunOwner.Labels(runId, service.Name),
            HostConfig = new HostConfiguration
            {
                Binds = [.. Volumes(service), .. CertificateMount(), .. SocketMount(service), .. ShimMounts(handOff)],
                ExtraHosts = [$"{AddressPlan.HostName}:host-gateway", .. spec.Services.Where(s => s.Kind == ServiceKind.Mock).Select(s => $"{s.Name}:host-gateway")],
                PortBindings = Ports(service).ToDictionary(p => p.Container, p => (IReadOnlyList<PortBinding>)[p.Host]),
                SecurityOpt = handOff is null ? null : ["seccomp=unconfined"],
                NetworkMode = network,
            },
            NetworkingConfig = new NetworkingConfiguration(
                new Dictionary<string, EndpointConfiguration> { [network] = new([service.Name]) }),
        };
        var name = $"faultbox-{string.Concat(service.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' ? c : '_'))}";
        try
        {
            return await engine.CreateAsync(name + _suffix, request, cancellation).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.Status == HttpStatusCode.Conflict)
        {
            // Another run took the name since this one looked, or a container of the user has it.
            return await engine.CreateAsync($"{name}-{runId[..8]}", request, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<string> EnsureNetworkAsync(Engine engine, CancellationToken cancellation)
    {
        if (_network is null)
        {
            var name = NetworkName + _suffix;
            try
            {
                await engine.CreateNetworkAsync(name, RunOwner.Labels(runId), cancellation).ConfigureAwait(false);
            }
            catch (EngineException e) when (e.Status == HttpStatusCode.Conflict)
            {
                name = $"{NetworkName}-{runId[..8]}";
                await engine.CreateNetworkAsync(name, RunOwner.Labels(runId), cancellation).ConfigureAwait(false);
            }
            catch (EngineException e)
            {
                throw new StartException("LAUNCH_FAILED", $"docker network: {e.Message}");
            }

            _network = name;
        }

        return _network;
    }

    /// <summary>Clients in the container verify the proxies of interfaces with TLS by the authority of the run.</summary>
    private string[] CertificateMount() =>
        plan.CertificateFile is { } file ? [$"{file}:{AddressPlan.ContainerCertificateFile}:ro"] : [];

    /// <summary>The unix sockets by which the container reaches interfaces on such sockets, through their proxies.</summary>
    private string[] SocketMount(ServiceDefinition service) =>
        plan.ProxySockets.FirstOrDefault(s => s.Key.Consumer == service.Name).Value is { } socket
            ? [$"{Path.GetDirectoryName(socket)}:{AddressPlan.ContainerSocketDirectory}:rw"]
            : [];

    private static IReadOnlyList<string> CommandOf(ServiceDefinition service, ServiceEnvironment environment, ImageDetails image)
    {
        IReadOnlyList<string> command =
        [
            .. image.Config?.Entrypoint ?? [],
            .. service.Arguments.Count > 0 ? environment.Arguments : image.Config?.Cmd ?? [],
        ];
        return command.Count > 0
            ? command
            : throw new StartException("LAUNCH_FAILED", $"launch container \"{service.Name}\": its image names no program; write args =", service.Name);
    }

    private static IEnumerable<string> ShimMounts(ContainerHandOff? handOff) => handOff is null
        ? []
        : [$"{handOff.ShimPath}:{ContainerHandOff.ShimTarget}:ro", $"{handOff.SocketDirectory}:{ContainerHandOff.SocketTarget}:rw"];

    private IEnumerable<string> Volumes(ServiceDefinition service)
    {
        foreach (var (source, target) in service.Volumes)
        {
            var isPath = source.Contains('/') || source.StartsWith('.');
            var path = isPath ? Path.GetFullPath(source, spec.BaseDirectory) : source;
            if (isPath && !Path.Exists(path))
            {
                throw new StartException("LAUNCH_FAILED", $"launch container \"{service.Name}\": volumes: {path} does not exist", service.Name);
            }

            yield return $"{path}:{target}";
        }
    }

    private IEnumerable<(string Container, PortBinding Host)> Ports(ServiceDefinition service)
    {
        var bind = Environment.GetEnvironmentVariable("FAULTBOX_PUBLISH_BIND");
        var interfaces = service.Interfaces.Where(i => i.SocketPath is null).Select(i => (i.Port, Datagrams: i.Protocol == "udp", Host: plan.Direct(service, i).Port));
        var extra = service.PublishedPorts.Where(p => service.Interfaces.All(i => i.Port != p.Key)).Select(p => (Port: p.Key, Datagrams: false, Host: p.Value));
        foreach (var (port, datagrams, host) in interfaces.Concat(extra))
        {
            var isExplicit = service.PublishedPorts.TryGetValue(port, out var written) && written > 0;
            var address = !string.IsNullOrEmpty(bind) ? bind : isExplicit ? "0.0.0.0" : "127.0.0.1";
            yield return (
                string.Create(CultureInfo.InvariantCulture, $"{port}/{(datagrams ? "udp" : "tcp")}"),
                new PortBinding(address, host == 0 ? "" : host.ToString(CultureInfo.InvariantCulture)));
        }
    }
}
