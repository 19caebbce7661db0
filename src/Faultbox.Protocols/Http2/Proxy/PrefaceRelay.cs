using System.Net.Sockets;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>Chooses between HTTP/2 and HTTP/1.1 by what TLS negotiated or, in clear text, by the first bytes of the client.</summary>
/// <param name="http2">Relay of HTTP/2 connections.</param>
/// <param name="http1">Relay of all others.</param>
internal sealed class PrefaceRelay(IConnectionRelay http2, IConnectionRelay http1) : IConnectionRelay
{
    /// <inheritdoc/>
    public async Task<ConnectionEnd> RelayAsync(ProxyConnection connection, CancellationToken cancellation)
    {
        var isHttp2 = connection.Client.NegotiatedProtocol switch
        {
            "h2" => true,
            { } => false,
            null => await BeginsWithPrefaceAsync(connection, cancellation).ConfigureAwait(false),
        };
        return await (isHttp2 ? http2 : http1).RelayAsync(connection, cancellation).ConfigureAwait(false);
    }

    private static async Task<bool> BeginsWithPrefaceAsync(ProxyConnection connection, CancellationToken cancellation)
    {
        var expected = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
        var received = new byte[expected.Length];
        var count = 0;
        try
        {
            await connection.Client.WaitReadableAsync(cancellation).ConfigureAwait(false);
            while (count < received.Length && received.AsSpan(0, count).SequenceEqual(expected.AsSpan(0, count)))
            {
                var more = await connection.Client.ReceiveAsync(received.AsMemory(count), cancellation).ConfigureAwait(false);
                if (more == 0)
                {
                    break;
                }

                count += more;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever relays the connection meets the same end.
        }

        connection.Precede(received.AsMemory(0, count));
        return received.AsSpan(0, count).SequenceEqual(expected);
    }
}
