using System.Net;
using Faultbox.Linux.Processes;

namespace Faultbox.Protocols.Udp;

/// <summary>
/// The loopback address on which a service takes datagrams. Nobody refuses a datagram before it is sent, so that trying one address after the
/// other would lose what was sent to the first: the system's table of sockets is asked instead.
/// </summary>
internal static class LoopbackAddress
{
    /// <summary>True for the addresses of this host, among which there is a choice.</summary>
    public static bool IsAmong(IPAddress[] addresses) => addresses is [var first, var second] && IPAddress.IsLoopback(first) && IPAddress.IsLoopback(second);

    /// <summary>The address that the service of a port is bound to; the first one when nothing is, or there is no choice.</summary>
    /// <param name="addresses">Addresses of the host.</param>
    /// <param name="port">Port of the service.</param>
    public static IPAddress Of(IPAddress[] addresses, int port)
    {
        if (!IsAmong(addresses) || WaitingSockets.Find("self", port, datagrams: true) is not { } sockets)
        {
            return addresses[0];
        }

        // A socket that is bound to every address of version 6 takes version 4 as well, unless it was told not to, which the table does not tell.
        var (first, second) = (addresses[0], addresses[1]);
        return sockets.Any(s => s.Address.Equals(second)) && !sockets.Any(s => s.Address.Equals(first) || s.Address.Equals(IPAddress.Any) || s.Address.Equals(IPAddress.IPv6Any))
            ? second
            : first;
    }
}
