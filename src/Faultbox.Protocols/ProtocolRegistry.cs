using Faultbox.Protocols.Grpc;
using Faultbox.Protocols.Http;
using Faultbox.Protocols.Tcp;
using Faultbox.Protocols.Udp;

namespace Faultbox.Protocols;

/// <summary>Every protocol the product speaks, by name.</summary>
public static class ProtocolRegistry
{
    private static readonly Dictionary<string, IProtocol> ByName =
        new IProtocol[] { HttpProtocol.Http1, HttpProtocol.Http2, new GrpcProtocol(), new TcpProtocol(), new UdpProtocol() }
            .ToDictionary(p => p.Name, StringComparer.Ordinal);

    /// <summary>Names, ordinal order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Finds a protocol; null when it is not registered.</summary>
    public static IProtocol? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>What the proxy of a protocol can do; null when it has none. Bytes of a protocol that is not registered are relayed as tcp.</summary>
    public static ProxySupport? ProxyOf(string name) => (Find(name) ?? Find("tcp"))?.Proxy;
}
