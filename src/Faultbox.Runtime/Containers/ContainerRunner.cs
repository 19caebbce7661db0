using System.Collections.Concurrent;
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
    private readonly ContainerRequests _requests = new(spec, plan, runId);
    private readonly SemaphoreSlim _joining = new(1);
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

    /// <summary>Tries from the network of the containers whether a port of this host is reached: with the image of a container, but not with its program.</summary>
    /// <param name="service">The container.</param>
    /// <param name="bound">Address that the proxies are bound to.</param>
    /// <param name="datagrams">True for UDP, else TCP.</param>
    /// <param name="directory">Private directory of the service.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>The outcome; null when it could not be tried.</returns>
    public async Task<HostReach?> TryHostAsync(
        ServiceDefinition service, IPAddress bound, bool datagrams, string directory, CancellationToken cancellation)
    {
        try
        {
            return await ProbeAsync(service, bound, datagrams, directory, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EngineException or LaunchException or IOException)
        {
            if (!cancellation.IsCancellationRequested)
            {
                observer.Log(RunLogLevel.Info, "containers", $"whether containers reach this host was not tried: {e.Message}", []);
            }

            return null;
        }
        catch (StartException)
        {
            // The services of the tests say it.
            return null;
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
        _joining.Dispose();
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
        var (engine, image) = await ReadyAsync(service, cancellation).ConfigureAwait(false);
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
        var network = await EnsureNetworkAsync(engine, cancellation).ConfigureAwait(false);
        var id = await CreateAsync(engine, service.Name, _requests.Of(service, environment, handOff?.Mounted, network), cancellation).ConfigureAwait(false);
        var output = new ContainerOutput();
        Farewell? farewell = null;
        try
        {
            farewell = FarewellOf(engine, id);
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

    private async Task<HostReach?> ProbeAsync(
        ServiceDefinition service, IPAddress bound, bool datagrams, string directory, CancellationToken cancellation)
    {
        var (engine, _) = await ReadyAsync(service, cancellation).ConfigureAwait(false);
        var network = await EnsureNetworkAsync(engine, cancellation).ConfigureAwait(false);
        using var probe = new ReachProbe(Directory.CreateDirectory(Path.Combine(directory, datagrams ? "udp" : "tcp")).FullName, datagrams);
        var id = await CreateAsync(engine, ContainerRequests.ProbeName, _requests.OfProbe(service, probe.Mounted, network), cancellation).ConfigureAwait(false);
        using var farewell = FarewellOf(engine, id);
        try
        {
            var exited = await engine.WatchExitAsync(id, CancellationToken.None).ConfigureAwait(false);
            await engine.StartAsync(id, cancellation).ConfigureAwait(false);
            using var abort = cancellation.Register(() => _ = engine.KillAsync(id, CancellationToken.None));
            var hosts = await engine.ReadTextAsync(id, "/etc/hosts", cancellation).ConfigureAwait(false);
            var details = await engine.InspectAsync(id, cancellation).ConfigureAwait(false);
            if (HostReach.AddressIn(hosts, AddressPlan.HostName) is not { } gateway)
            {
                return null;
            }

            using var echo = EchoPort.Open(gateway, bound, datagrams);
            var target = new IPEndPoint(gateway, echo.Port);
            return new HostReach(network, target, probe.Ask(target, exited))
            {
                Endpoint = details.NetworkSettings?.Networks?.GetValueOrDefault(network),
                IsRootless = await engine.IsRootlessAsync(cancellation).ConfigureAwait(false),
            };
        }
        finally
        {
            await engine.RemoveAsync(id, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<(Engine Engine, ImageDetails Image)> ReadyAsync(ServiceDefinition service, CancellationToken cancellation)
    {
        if (_failure is not null)
        {
            throw _failure;
        }

        var engine = _engine ?? throw new OperationCanceledException(cancellation);
        return (engine, await _images!.GetAsync(service, cancellation).ConfigureAwait(false));
    }

    private Farewell? FarewellOf(Engine engine, string id) =>
        engine.SocketPath is { } socket ? new Farewell(socket, engine.RemovalRequests(id, _network!)) : null;

    private async Task<string> CreateAsync(Engine engine, string service, ContainerRequest request, CancellationToken cancellation)
    {
        var name = $"faultbox-{string.Concat(service.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' ? c : '_'))}";
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
        await _joining.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return _network ??= await CreateNetworkAsync(engine, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _joining.Release();
        }
    }

    private async Task<string> CreateNetworkAsync(Engine engine, CancellationToken cancellation)
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

        return name;
    }

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
}
