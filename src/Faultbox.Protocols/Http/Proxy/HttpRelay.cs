using System.Buffers;
using System.Net.Sockets;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>
/// The HTTP/1.1 relay: bytes pass as they are, and an incremental reader follows the messages in them (RFC 9112), so that rules can act on
/// requests. What it does not understand it relays without rules and says so.
/// </summary>
/// <param name="http2">Takes over connections whose client speaks HTTP/2 from the first byte on; null when nothing does.</param>
internal sealed class HttpRelay(IConnectionRelay? http2 = null) : IConnectionRelay
{
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task<ConnectionEnd> RelayAsync(ProxyConnection connection, CancellationToken cancellation)
    {
        var conversation = new HttpConversation(connection);
        using var requests = new RequestSide(conversation);
        using var responses = new ResponseSide(conversation);
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

        await over.CancelAsync().ConfigureAwait(false);
        await ((Task)Task.WhenAll(asking, answering)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (end == SideEnd.SpeaksHttp2)
        {
            connection.Precede(requests.Received);
            return await (http2 ?? new BlindRelay()).RelayAsync(connection, cancellation).ConfigureAwait(false);
        }

        if (end.Lingers)
        {
            await LingerAsync(connection.Client, cancellation).ConfigureAwait(false);
        }

        return end.End;
    }

    /// <summary>Lets the client read its last answer: a connection that is closed with unread bytes would be reset.</summary>
    private static async Task LingerAsync(Leg client, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(LingerTime);
        var unread = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            client.ShutdownSend();
            while (await client.ReceiveAsync(unread, limit.Token).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // The client is gone, or sends without end: both end the wait.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unread);
        }
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
