using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Faultbox.Core.Topology;

/// <summary>A host and a port.</summary>
/// <param name="Host">Name or address, without the brackets of an IPv6 address.</param>
/// <param name="Port">Port, 1 to 65535.</param>
public sealed record HostPort(string Host, int Port)
{
    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>[address]</c> or <c>[address]:port</c>.</summary>
    /// <param name="text">What is written.</param>
    /// <param name="defaultPort">Port of a text without one.</param>
    /// <param name="result">The endpoint.</param>
    public static bool TryParse(string text, int defaultPort, [NotNullWhen(true)] out HostPort? result)
    {
        result = null;
        var bracket = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : 0;
        var colon = bracket < 0 ? -1 : text.IndexOf(':', bracket);
        var host = colon < 0 ? text : text[..colon];
        var port = defaultPort;
        if (bracket < 0
            || (colon >= 0 && (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535))
            || (bracket > 0 && host.Length != bracket + 1))
        {
            return false;
        }

        host = bracket > 0 ? host[1..bracket] : host;
        if (Uri.CheckHostName(bracket > 0 ? $"[{host}]" : host) == UriHostNameType.Unknown)
        {
            return false;
        }

        result = new HostPort(host, port);
        return true;
    }

    /// <summary>The host as it is written before a port.</summary>
    public string Authority => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;

    /// <summary><c>host:port</c>, an IPv6 address in brackets.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Authority}:{Port}");
}
