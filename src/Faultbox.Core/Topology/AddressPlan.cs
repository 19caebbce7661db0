namespace Faultbox.Core.Topology;

/// <summary>The listener that relays one consumer's connections to one interface.</summary>
/// <param name="Consumer">Service that connects.</param>
/// <param name="Target">Interface it connects to.</param>
public readonly record struct ProxyRoute(string Consumer, InterfaceAddress Target);

/// <summary>
/// Where every interface of a topology is reached, known before the first service starts. Consumers are programs of this host.
/// </summary>
public sealed record AddressPlan
{
    /// <summary>Declared services.</summary>
    public required IReadOnlyList<ServiceDefinition> Services { get; init; }

    /// <summary>Proxy ports by consumer and interface; an interface without an entry is reached directly.</summary>
    public IReadOnlyDictionary<ProxyRoute, int> ProxyPorts { get; init; } = new Dictionary<ProxyRoute, int>();

    /// <summary>Host ports at which container interfaces are published.</summary>
    public IReadOnlyDictionary<InterfaceAddress, int> MappedPorts { get; init; } = new Dictionary<InterfaceAddress, int>();

    /// <summary><c>host:port</c> of the interfaces of remote services.</summary>
    public IReadOnlyDictionary<InterfaceAddress, string> Upstreams { get; init; } = new Dictionary<InterfaceAddress, string>();

    /// <summary>Path of the run's CA certificate; null when nothing in the topology speaks TLS.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>True when a proxy stands between the consumer and the interface.</summary>
    public bool IsProxied(string consumer, InterfaceAddress target) => ProxyPorts.ContainsKey(new ProxyRoute(consumer, target));

    /// <summary><c>host:port</c> at which a consumer reaches an interface.</summary>
    /// <param name="consumer">Name of a service that is a program of this host.</param>
    /// <param name="service">Service that is reached.</param>
    /// <param name="endpoint">Its interface.</param>
    public string AddressFor(string consumer, ServiceDefinition service, InterfaceDefinition endpoint)
    {
        var target = new InterfaceAddress(service.Name, endpoint.Name);
        if (service.Name == consumer || service.Kind == ServiceKind.Mock)
        {
            return $"localhost:{endpoint.Port}";
        }

        if (ProxyPorts.TryGetValue(new ProxyRoute(consumer, target), out var proxy))
        {
            return $"127.0.0.1:{proxy}";
        }

        return service.Kind switch
        {
            ServiceKind.Remote when Upstreams.TryGetValue(target, out var upstream) => upstream,
            ServiceKind.Container when MappedPorts.TryGetValue(target, out var mapped) => $"localhost:{mapped}",
            _ => $"localhost:{endpoint.Port}",
        };
    }
}
