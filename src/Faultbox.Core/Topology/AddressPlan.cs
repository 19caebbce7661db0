namespace Faultbox.Core.Topology;

/// <summary>The listener that relays one consumer's connections to one interface.</summary>
/// <param name="Consumer">Service that connects.</param>
/// <param name="Target">Interface it connects to.</param>
public readonly record struct ProxyRoute(string Consumer, InterfaceAddress Target);

/// <summary>
/// Where every interface of a topology is reached, known before the first service starts. A consumer is a program of this host or a
/// container: a container reaches other containers by their names, and this host by <see cref="HostName"/>.
/// </summary>
public sealed record AddressPlan
{
    /// <summary>The name by which containers reach this host.</summary>
    public const string HostName = "host.docker.internal";

    /// <summary>Where the run's CA certificate is inside containers.</summary>
    public const string ContainerCertificateFile = "/faultbox/ca.pem";

    /// <summary>Where the sockets of a container's own are inside it.</summary>
    public const string ContainerSocketDirectory = "/faultbox/sockets";

    /// <summary>Declared services.</summary>
    public required IReadOnlyList<ServiceDefinition> Services { get; init; }

    /// <summary>Proxy ports by consumer and interface; an interface without an entry is reached directly.</summary>
    public IReadOnlyDictionary<ProxyRoute, int> ProxyPorts { get; init; } = new Dictionary<ProxyRoute, int>();

    /// <summary>Unix sockets of proxies by consumer and interface, as paths of this host; only interfaces on unix sockets have them.</summary>
    public IReadOnlyDictionary<ProxyRoute, string> ProxySockets { get; init; } = new Dictionary<ProxyRoute, string>();

    /// <summary>Host ports at which interfaces of containers, and those on unix sockets, are published.</summary>
    public IReadOnlyDictionary<InterfaceAddress, int> MappedPorts { get; init; } = new Dictionary<InterfaceAddress, int>();

    /// <summary>
    /// Interfaces that protocol faults may target anywhere in the specification. Only addresses of these are rewritten in the texts of
    /// containers, whose own names for each other work without it.
    /// </summary>
    public IReadOnlyCollection<InterfaceAddress> Faultable { get; init; } = [];

    /// <summary>Path of the run's CA certificate; null when nothing in the topology speaks TLS.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Where a consumer finds the run's CA certificate; null when nothing in the topology speaks TLS.</summary>
    public string? CertificateFor(string consumer) => CertificateFile is not null && IsContainer(consumer) ? ContainerCertificateFile : CertificateFile;

    /// <summary>True when a proxy stands between the consumer and the interface.</summary>
    public bool IsProxied(string consumer, InterfaceAddress target) => ProxyPorts.ContainsKey(new ProxyRoute(consumer, target));

    /// <summary>True when a consumer is a container.</summary>
    public bool IsContainer(string consumer) => Services.Any(s => s.Name == consumer && s.Kind == ServiceKind.Container);

    /// <summary>Where this host reaches an interface without its proxy.</summary>
    public HostPort Direct(ServiceDefinition service, InterfaceDefinition endpoint) =>
        service.Remote?.Upstreams.GetValueOrDefault(endpoint.Name)
        ?? new HostPort(
            "localhost",
            MappedPorts.TryGetValue(new(service.Name, endpoint.Name), out var mapped) ? mapped : endpoint.Port);

    /// <summary>Path of the unix socket at which a consumer reaches an interface on one; the service itself reaches its own.</summary>
    /// <param name="consumer">Name of a service that is a program of this host or a container.</param>
    /// <param name="service">Service that is reached.</param>
    /// <param name="endpoint">Its interface, one on a unix socket.</param>
    public string SocketFor(string consumer, ServiceDefinition service, InterfaceDefinition endpoint) =>
        service.Name == consumer || !ProxySockets.TryGetValue(new(consumer, new(service.Name, endpoint.Name)), out var proxy) ? endpoint.SocketPath!
        : IsContainer(consumer) ? $"{ContainerSocketDirectory}/{Path.GetFileName(proxy)}"
        : proxy;

    /// <summary><c>host:port</c> at which a consumer reaches an interface.</summary>
    /// <param name="consumer">Name of a service that is a program of this host or a container.</param>
    /// <param name="service">Service that is reached.</param>
    /// <param name="endpoint">Its interface.</param>
    public string AddressFor(string consumer, ServiceDefinition service, InterfaceDefinition endpoint)
    {
        var inContainer = IsContainer(consumer);
        if (service.Name == consumer)
        {
            return endpoint.SocketPath is not null ? Direct(service, endpoint).ToString()
                : inContainer ? $"{service.Name}:{endpoint.Port}"
                : $"localhost:{endpoint.Port}";
        }

        if (service.Kind != ServiceKind.Mock
            && ProxyPorts.TryGetValue(new ProxyRoute(consumer, new InterfaceAddress(service.Name, endpoint.Name)), out var proxy))
        {
            return $"{(inContainer ? HostName : "127.0.0.1")}:{proxy}";
        }

        return (inContainer, service.Kind) switch
        {
            (true, ServiceKind.Container) => $"{service.Name}:{endpoint.Port}",
            (true, ServiceKind.Binary or ServiceKind.Mock) => $"{HostName}:{endpoint.Port}",
            _ => Direct(service, endpoint).ToString(),
        };
    }

    /// <summary>True when addresses of an interface in a consumer's own texts are replaced by those at which it reaches it.</summary>
    public bool Rewrites(string consumer, ServiceDefinition service, InterfaceDefinition endpoint) =>
        !IsContainer(consumer)
        || service.Kind is ServiceKind.Binary or ServiceKind.Mock
        || endpoint.SocketPath is not null
        || Faultable.Contains(new InterfaceAddress(service.Name, endpoint.Name));
}
