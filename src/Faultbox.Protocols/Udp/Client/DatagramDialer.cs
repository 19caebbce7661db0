using System.Net.Sockets;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Udp.Client;

/// <summary>Opens the sockets of steps and probes.</summary>
internal static class DatagramDialer
{
    /// <summary>
    /// A socket that is connected to the address of a host that a proxy sends to. Nothing is sent; a refusal of what is
    /// sent later is seen on the socket.
    /// </summary>
    /// <param name="host">Name or address; an IPv6 address may stand in brackets.</param>
    /// <param name="port">Port.</param>
    /// <param name="timeout">Bound of looking the name up.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="SocketException">The name is not known, or nothing leads to the address.</exception>
    /// <exception cref="TimeoutException">The name was not found in time.</exception>
    public static Socket Open(string host, int port, TimeSpan timeout, CancellationToken cancellation)
    {
        var addresses = HostNames.System.ResolveAsync(host.Trim('[', ']'), cancellation).AsTask().WaitAsync(timeout, cancellation);
        var address = LoopbackAddress.Of(addresses.GetAwaiter().GetResult(), port);
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Connect(address, port);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
