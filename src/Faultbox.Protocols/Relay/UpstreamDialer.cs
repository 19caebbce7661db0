using System.Net;
using System.Net.Sockets;
using Faultbox.Protocols.Polling;

namespace Faultbox.Protocols.Relay;

/// <summary>Connects to upstreams.</summary>
internal static class UpstreamDialer
{
    /// <summary>Bound of dialing, including what a secured connection needs.</summary>
    public static readonly TimeSpan Budget = TimeSpan.FromSeconds(5);

    /// <summary>Connects to the first address that accepts.</summary>
    /// <exception cref="SocketException">None did.</exception>
    /// <exception cref="OperationCanceledException">Time ran out, or the proxy stopped.</exception>
    /// <param name="upstream">Where to.</param>
    /// <param name="loop">The event loop of the connection.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task<SocketLeg> DialAsync(ProxyUpstream upstream, EventLoop loop, CancellationToken cancellation)
    {
        if (upstream.SocketPath is { } path)
        {
            using var foreign = upstream.RootOf is { } process ? ForeignSocket.Find(process, path) : null;
            return new SocketLeg(
                await PolledSocket.ConnectAsync(new UnixDomainSocketEndPoint(foreign?.Path ?? path), loop, cancellation).ConfigureAwait(false));
        }

        SocketException? first = null;
        foreach (var address in await HostNames.System.ResolveAsync(upstream.Host, cancellation).ConfigureAwait(false))
        {
            try
            {
                return new SocketLeg(
                    await PolledSocket.ConnectAsync(new IPEndPoint(address, upstream.Port), loop, cancellation).ConfigureAwait(false));
            }
            catch (SocketException e)
            {
                first ??= e;
            }
        }

        throw first ?? new SocketException((int)SocketError.HostNotFound);
    }
}
