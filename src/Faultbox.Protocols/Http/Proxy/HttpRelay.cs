using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>
/// The HTTP/1.1 relay: bytes pass as they are, and an incremental reader follows the messages in them (RFC 9112), so that rules can act on
/// requests. What it does not understand it relays without rules and says so.
/// </summary>
/// <param name="http2">Takes over connections on which HTTP/2 was negotiated, or whose client speaks it from the first byte on; null when nothing does.</param>
/// <param name="calls">Makes the calls that requests are on an interface of calls; null for plain requests.</param>
internal sealed class HttpRelay(IConnectionRelay? http2 = null, WebCallReader? calls = null) : IConnectionRelay
{
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task<ConnectionEnd> RelayAsync(ProxyConnection connection, CancellationToken cancellation)
    {
        if (http2 is not null && connection.Client.NegotiatedProtocol == "h2")
        {
            return await http2.RelayAsync(connection, cancellation).ConfigureAwait(false);
        }

        var conversation = new HttpConversation(connection, calls);
        using var requests = new RequestSide(conversation);
        using var responses = new ResponseSide(conversation);
        connection.Owed = () => responses.Owed;
        connection.Holds = () => responses.IsHeld;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var asking = requests.RunAsync(over.Token);
        var answering = responses.RunAsync(over.Token);
        var first = await Task.WhenAny(asking, answering).ConfigureAwait(false);
        var end = await OutcomeAsync(first).ConfigureAwait(false);
        if (!end.IsOver)
        {
            var second = await OutcomeAsync(first == asking ? answering : asking).ConfigureAwait(false);
            return second.IsOver ? second.End : end.End;
        }

        if (end == SideEnd.Failed)
        {
            var (peer, others) = first == asking ? (connection.Upstream, answering) : (connection.Client, asking);
            await EarlyAnswer.PassAsync(connection, peer, others, cancellation).ConfigureAwait(false);
        }

        await over.CancelAsync().ConfigureAwait(false);
        await ((Task)Task.WhenAll(asking, answering)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (end == SideEnd.SpeaksHttp2)
        {
            connection.Precede(requests.Received);
            return await (http2 ?? new BlindRelay()).RelayAsync(connection, cancellation).ConfigureAwait(false);
        }

        if (end.Lingers)
        {
            await OrderlyEnd.MakeAsync(connection.Client, LingerTime, cancellation).ConfigureAwait(false);
        }

        return end.End;
    }

    private static async Task<SideEnd> OutcomeAsync(Task<SideEnd> side)
    {
        try
        {
            return await side.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return new SideEnd(new ConnectionEnd("context_cancel", Reset: true), IsOver: true);
        }
    }
}
