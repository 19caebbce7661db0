using System.Net;
using System.Net.Sockets;

namespace Faultbox.Protocols.Relay;

/// <summary>Connects the clients of steps and probes.</summary>
internal static class ClientDialer
{
    /// <summary>
    /// Connects to the first address of a host that accepts. A connection that was reset was accepted before, so that it is the answer and
    /// no further address is tried: a fault that resets connections would otherwise be seen twice, and reported as what the last address said.
    /// </summary>
    /// <param name="host">Name or address; an IPv6 address may stand in brackets.</param>
    /// <param name="port">Port.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="SocketException">The name is not known, or no address accepts: what the first one said.</exception>
    /// <exception cref="OperationCanceledException">The attempt was ended.</exception>
    public static async ValueTask<Socket> DialAsync(string host, int port, CancellationToken cancellation)
    {
        SocketException? first = null;
        foreach (var address in await HostNames.System.ResolveAsync(host.Trim('[', ']'), cancellation).ConfigureAwait(false))
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellation).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                first ??= e;
                if (e.SocketErrorCode == SocketError.ConnectionReset)
                {
                    break;
                }
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw first ?? new SocketException((int)SocketError.HostNotFound);
    }
}
