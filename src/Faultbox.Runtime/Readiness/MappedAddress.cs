using System.Globalization;
using Faultbox.Core.Topology;

namespace Faultbox.Runtime.Readiness;

/// <summary>Turns the address of a check into one that this host reaches.</summary>
internal static class MappedAddress
{
    /// <summary>
    /// An address as written, except that a declared port of a container on this host or under the container's name becomes the port at
    /// which it is published.
    /// </summary>
    /// <param name="written"><c>host:port</c> or a URL.</param>
    /// <param name="service">Service that is checked.</param>
    /// <param name="plan">Addresses of the topology.</param>
    public static string Of(string written, ServiceDefinition service, AddressPlan plan)
    {
        if (service.Kind != ServiceKind.Container)
        {
            return written;
        }

        var scheme = written.IndexOf("://", StringComparison.Ordinal);
        var start = scheme < 0 ? 0 : scheme + 3;
        var length = written.AsSpan(start).IndexOfAny("/?#");
        var end = length < 0 ? written.Length : start + length;
        var colon = written.LastIndexOf(':', end - 1, end - start);
        if (colon < 0
            || !(written[start..colon] is "localhost" or "127.0.0.1" || written[start..colon] == service.Name)
            || !int.TryParse(written.AsSpan(colon + 1, end - colon - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || service.Interfaces.FirstOrDefault(i => i.Port == port) is not { } declared)
        {
            return written;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{written[..start]}localhost:{plan.Direct(service, declared).Port}{written[end..]}");
    }
}
