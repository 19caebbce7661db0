using System.Net;
using System.Net.Sockets;

namespace Faultbox.Protocols.Relay;

/// <summary>Connects to upstreams.</summary>
internal static class UpstreamDialer
{
    /// <summary>Bound of dialing, including what a secured connection needs.</summary>
    public static readonly TimeSpan Budget = TimeSpan.FromSeconds(5);

    /// <summary>Connects to the first address that accepts.</summary>
    /// <exception cref="SocketException">None did.</exception>
    /// <exception cref="OperationCanceledException">Time ran out, or the proxy stopped.</exception>
    public static async Task<Socket> DialAsync(ProxyUpstream upstream, CancellationToken cancellation)
    {
        SocketException? first = null;
        foreach (var address in await HostNames.System.ResolveAsync(upstream.Host, cancellation).ConfigureAwait(false))
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, upstream.Port), cancellation).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                first ??= e;
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
