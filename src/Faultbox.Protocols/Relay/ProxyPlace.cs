using System.Net;
using Faultbox.Core.Topology;

namespace Faultbox.Protocols.Relay;

/// <summary>Where a proxy stands.</summary>
public sealed record ProxyPlace
{
    /// <summary>Interface it stands in front of.</summary>
    public required InterfaceAddress Target { get; init; }

    /// <summary>Protocol of the interface.</summary>
    public required string Protocol { get; init; }

    /// <summary>Address its listeners are bound to.</summary>
    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Consumers that get a port of their own, so that the proxy knows its callers.</summary>
    public IReadOnlyList<string> Consumers { get; init; } = [];

    /// <summary>Directory for the unix sockets of an interface that is on one, a directory of its own for each consumer; null for one on a port.</summary>
    public string? SocketDirectory { get; init; }

    /// <summary>Ports that services are going to bind; the proxy takes none of them.</summary>
    public IReadOnlySet<int> ReservedPorts { get; init; } = new HashSet<int>();

    /// <summary>Told about what went wrong beyond a connection, as one sentence.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>TLS of the interface; null for plain connections.</summary>
    public ProxyTls? Tls { get; init; }

    /// <summary>What prepares the legs of a connection before its relay sees them, in order.</summary>
    internal IReadOnlyList<ILegStage> Stages { get; init; } = [];
}
