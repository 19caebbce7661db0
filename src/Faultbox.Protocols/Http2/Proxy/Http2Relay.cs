using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>
/// The HTTP/2 relay (RFC 9113): frames pass as they are, settings and flow control end to end, while the heads in them tell which streams
/// rules act on.
/// </summary>
internal sealed class Http2Relay(IHttp2Dialect dialect) : IConnectionRelay
{
    /// <inheritdoc/>
    public async Task<ConnectionEnd> RelayAsync(ProxyConnection connection, CancellationToken cancellation)
    {
        using var session = new Http2Session(connection, dialect, cancellation);
        using var client = new ClientFrames(session);
        using var server = new ServerFrames(session);
        var up = client.RunAsync(connection.Upstream.ShutdownSend);
        var down = server.RunAsync(connection.Client.ShutdownSend);
        var end = await EndAsync(up, down, session).ConfigureAwait(false);
        await session.StopAsync().ConfigureAwait(false);
        await Task.WhenAll(up, down).ConfigureAwait(false);
        return end;
    }

    private static async Task<ConnectionEnd> EndAsync(Task<ConnectionEnd> up, Task<ConnectionEnd> down, Http2Session session)
    {
        var first = await Task.WhenAny(up, down, session.Ended).ConfigureAwait(false);
        var end = await first.ConfigureAwait(false);
        if (first == session.Ended)
        {
            return end;
        }

        var other = Task.WhenAny(first == up ? down : up, session.Ended);
        if (end.Reset)
        {
            var peer = first == up ? session.Connection.Upstream : session.Connection.Client;
            await EarlyAnswer.PassAsync(session.Connection, peer, other, session.Over).ConfigureAwait(false);
            return end;
        }

        var second = await (await other.ConfigureAwait(false)).ConfigureAwait(false);
        return second.Reset ? second : end;
    }
}
