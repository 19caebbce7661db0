using System.Net.Sockets;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>Chooses between HTTP/2 and HTTP/1.1 by what TLS negotiated or, in clear text, by who speaks first, and how.</summary>
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
            null => await IsHttp2Async(connection, cancellation).ConfigureAwait(false),
        };
        return await (isHttp2 ? http2 : http1).RelayAsync(connection, cancellation).ConfigureAwait(false);
    }

    private static async Task<bool> IsHttp2Async(ProxyConnection connection, CancellationToken cancellation)
    {
        var expected = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
        var received = new byte[expected.Length];
        var count = 0;
        var isServerFirst = false;
        try
        {
            while (count < received.Length && received.AsSpan(0, count).SequenceEqual(expected.AsSpan(0, count)))
            {
                isServerFirst = await IsServerFirstAsync(connection, cancellation).ConfigureAwait(false);
                var more = isServerFirst ? 0 : await connection.Client.ReceiveAsync(received.AsMemory(count), cancellation).ConfigureAwait(false);
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
        return isServerFirst || received.AsSpan(0, count).SequenceEqual(expected);
    }

    /// <summary>
    /// Waits for the client; true when the service speaks before, which in HTTP/1.1 it never does and in HTTP/2 need not wait
    /// (RFC 9113 section 3.4).
    /// </summary>
    private static async Task<bool> IsServerFirstAsync(ProxyConnection connection, CancellationToken cancellation)
    {
        using var decided = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var client = connection.Client.WaitReadableAsync(decided.Token).AsTask();
        if (client.IsCompleted || connection.Upstream.Bare is null)
        {
            await client.ConfigureAwait(false);
            return false;
        }

        var server = connection.Upstream.WaitReadableAsync(decided.Token).AsTask();
        await Task.WhenAny(client, server).ConfigureAwait(false);
        await decided.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(client, server).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return server.IsCompletedSuccessfully && !client.IsCompletedSuccessfully;
    }
}
