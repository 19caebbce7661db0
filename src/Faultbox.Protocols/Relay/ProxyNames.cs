using System.Buffers.Text;
using System.Text;

namespace Faultbox.Protocols.Relay;

/// <summary>The hosts by which clients name a proxy, and the one that the service expects in their place.</summary>
/// <param name="ports">Ports of the proxy.</param>
/// <param name="authority">Host of the service, with its port unless that is the usual one.</param>
internal sealed class ProxyNames(IEnumerable<int> ports, string authority)
{
    private readonly HashSet<int> _ports = [.. ports];

    /// <summary>Host of the service.</summary>
    public ReadOnlyMemory<byte> Authority { get; } = Encoding.Latin1.GetBytes(authority);

    /// <summary>True when a host is one of the proxy.</summary>
    /// <param name="host">Value of a Host or <c>:authority</c> field.</param>
    public bool Contains(ReadOnlySpan<byte> host)
    {
        var colon = host.LastIndexOf((byte)':');
        return colon > 0
            && Utf8Parser.TryParse(host[(colon + 1)..], out int port, out var digits) && digits == host.Length - colon - 1
            && _ports.Contains(port)
            && IsOwn(host[..colon]);
    }

    private static bool IsOwn(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("127.0.0.1"u8) || name.SequenceEqual("[::1]"u8)
        || Ascii.EqualsIgnoreCase(name, "localhost"u8) || Ascii.EqualsIgnoreCase(name, "host.docker.internal"u8);
}
