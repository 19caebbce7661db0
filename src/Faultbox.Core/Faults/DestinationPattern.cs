using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Faults;

/// <summary>An address range with an optional port, or a unix socket path.</summary>
public readonly record struct DestinationPattern
{
    private readonly UInt128 _network;
    private readonly int _prefix;
    private readonly int _port;
    private readonly byte[]? _unixPath;

    private DestinationPattern(UInt128 network, int prefix, int port, byte[]? unixPath)
    {
        _network = network & Mask(prefix);
        _prefix = prefix;
        _port = port;
        _unixPath = unixPath;
    }

    /// <summary>One address and port.</summary>
    /// <param name="address">Address; IPv4 and its IPv6-mapped form are the same.</param>
    /// <param name="port">Port, or 0 for any.</param>
    public static DestinationPattern Endpoint(IPAddress address, int port) => new(Bits(address), 128, port, null);

    /// <summary>A unix socket path; an abstract name begins with <c>@</c>.</summary>
    public static DestinationPattern UnixSocket(string path) => new(0, 0, 0, Encoding.UTF8.GetBytes(path));

    /// <summary>The same addresses with another port; 0 for any.</summary>
    public DestinationPattern WithPort(int port) => new(_network, _prefix, port, _unixPath);

    /// <summary>
    /// Parses <c>ip[:port]</c>, <c>[ip6]:port</c>, <c>cidr[:port]</c> or a unix path beginning with <c>/</c> or <c>@</c>. Names are not resolved.
    /// </summary>
    public static bool TryParse(string text, out DestinationPattern pattern)
    {
        if (text.StartsWith('/') || text.StartsWith('@'))
        {
            pattern = UnixSocket(text);
            return true;
        }

        pattern = default;
        return TryParseNetwork(text, 0, out pattern)
            || (SplitPort(text, out var host, out var port) && TryParseNetwork(host, port, out pattern));
    }

    /// <summary>
    /// Why a text can never name a destination, for example "is no address"; null when it is a pattern, or a name with a port, whoever has it.
    /// </summary>
    public static string? ProblemOf(string text)
    {
        const string NoAddress = "is no address";
        if (TryParse(text, out _))
        {
            return null;
        }

        if (text.Contains("://", StringComparison.Ordinal))
        {
            return "is a URL, and a destination has no scheme and no path";
        }

        if (text.IndexOf('/') is > 0 and var slash)
        {
            var end = text.IndexOf(':', slash);
            return !LooksLikeAddress(text[..slash]) || !IPAddress.TryParse(text[..slash], out _) ? NoAddress
                : TryParseNetwork(end < 0 ? text : text[..end], port: 0, out _) ? NoPort(text[(end + 1)..])
                : "has no prefix behind the slash; it has 0 to 32 bits, or 128 for IPv6";
        }

        var colon = text.LastIndexOf(':');
        return colon < 0 ? NoAddress
            : colon == 0 ? "has no host in front of the port"
            : !SplitPort(text, out var host, out _) ? NoPort(text[(colon + 1)..])
            : host.Contains(':', StringComparison.Ordinal) ? NoAddress
            : null;
    }

    /// <summary>Splits <c>host:port</c> at its last colon; false when there is no port.</summary>
    public static bool SplitPort(string text, out string host, out int port)
    {
        var colon = text.LastIndexOf(':');
        host = colon < 0 ? text : text[..colon].Trim('[', ']');
        port = 0;
        return colon > 0
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port is > 0 and <= 65535;
    }

    /// <summary>Tells whether a destination lies within the pattern.</summary>
    public bool Covers(in SocketDestination destination)
    {
        if (_unixPath is not null)
        {
            return destination.IsUnix && destination.UnixPath.SequenceEqual(_unixPath);
        }

        return !destination.IsUnix
            && (_port == 0 || _port == destination.Port)
            && (BinaryPrimitives.ReadUInt128BigEndian(destination.Address) & Mask(_prefix)) == _network;
    }

    private static string NoPort(string text) => $"has \"{text}\" where a port from 1 to 65535 belongs";

    private static bool TryParseNetwork(string text, int port, out DestinationPattern pattern)
    {
        pattern = default;
        var slash = text.IndexOf('/');
        var host = slash < 0 ? text : text[..slash];
        if (!LooksLikeAddress(host) || !IPAddress.TryParse(host, out var address))
        {
            return false;
        }

        var width = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var prefix = width;
        if (slash >= 0
            && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out prefix) || prefix > width))
        {
            return false;
        }

        pattern = new DestinationPattern(Bits(address), 128 - width + prefix, port, null);
        return true;
    }

    /// <summary>
    /// The platform also reads single numbers as addresses, which a specification never means, and drops the port behind a bracketed one.
    /// </summary>
    private static bool LooksLikeAddress(string text) => text.StartsWith('[')
        ? text.EndsWith(']')
        : text.Contains(':', StringComparison.Ordinal) || text.Count(c => c == '.') == 3;

    private static UInt128 Bits(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static UInt128 Mask(int prefix) => prefix == 0 ? 0 : UInt128.MaxValue << (128 - prefix);
}
