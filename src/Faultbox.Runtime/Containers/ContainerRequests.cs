using System.Globalization;
using Faultbox.Containers;
using Faultbox.Core.Topology;
using Faultbox.Linux.Processes;
using Faultbox.Runtime.Services;

namespace Faultbox.Runtime.Containers;

/// <summary>How the containers of a run are described to the engine.</summary>
internal sealed class ContainerRequests(SpecModel spec, AddressPlan plan, string runId)
{
    /// <summary>Name of the container that tries whether this host is reached.</summary>
    public const string ProbeName = "net-probe";

    private const string HostGateway = $"{AddressPlan.HostName}:host-gateway";

    /// <summary>The container of a service.</summary>
    /// <param name="service">The service.</param>
    /// <param name="environment">Its environment and arguments.</param>
    /// <param name="launcher">What it starts with in place of the image's program; null for that.</param>
    /// <param name="network">Network it joins.</param>
    /// <exception cref="StartException">A directory to mount does not exist.</exception>
    public ContainerRequest Of(ServiceDefinition service, ServiceEnvironment environment, MountedLauncher? launcher, string network) => new()
    {
        Image = ContainerImages.ReferenceOf(service),
        Hostname = service.Name,
        Env = environment.Environment,
        Entrypoint = launcher is null ? null : [MountedLauncher.Target],
        Cmd = launcher is null && service.Arguments.Count > 0 ? environment.Arguments : null,
        ExposedPorts = Ports(service).ToDictionary(p => p.Container, _ => new Empty()),
        Labels = RunOwner.Labels(runId, service.Name),
        HostConfig = new HostConfiguration
        {
            Binds = [.. Volumes(service), .. CertificateMount(), .. SocketMount(service), .. launcher is null ? [] : MountsOf(launcher)],
            ExtraHosts = [HostGateway, .. spec.Services.Where(s => s.Kind == ServiceKind.Mock).Select(s => $"{s.Name}:host-gateway")],
            PortBindings = Ports(service).ToDictionary(p => p.Container, p => (IReadOnlyList<PortBinding>)[p.Host]),
            SecurityOpt = launcher is null ? null : ["seccomp=unconfined"],
            NetworkMode = network,
        },
        NetworkingConfig = new NetworkingConfiguration(
            new Dictionary<string, EndpointConfiguration> { [network] = new([service.Name]) }),
    };

    /// <summary>A container that starts with a launcher alone, from the image of a service.</summary>
    public ContainerRequest OfProbe(ServiceDefinition service, MountedLauncher launcher, string network) => new()
    {
        Image = ContainerImages.ReferenceOf(service),
        Entrypoint = [MountedLauncher.Target],
        Labels = RunOwner.Labels(runId, ProbeName),
        HostConfig = new HostConfiguration { Binds = [.. MountsOf(launcher)], ExtraHosts = [HostGateway], NetworkMode = network },
    };

    /// <summary>Clients in the container verify the proxies of interfaces with TLS by the authority of the run.</summary>
    private string[] CertificateMount() =>
        plan.CertificateFile is { } file ? [$"{file}:{AddressPlan.ContainerCertificateFile}:ro"] : [];

    /// <summary>The unix sockets by which the container reaches interfaces on such sockets, through their proxies.</summary>
    private string[] SocketMount(ServiceDefinition service) =>
        plan.ProxySockets.FirstOrDefault(s => s.Key.Consumer == service.Name).Value is { } socket
            ? [$"{Path.GetDirectoryName(socket)}:{AddressPlan.ContainerSocketDirectory}:rw"]
            : [];

    private static IEnumerable<string> MountsOf(MountedLauncher launcher) =>
        [$"{launcher.Path}:{MountedLauncher.Target}:ro", $"{launcher.SocketDirectory}:{MountedLauncher.SocketTarget}:rw"];

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
