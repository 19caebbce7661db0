using System.Buffers;
using System.Net.Sockets;

namespace Faultbox.Protocols.Relay;

/// <summary>Ends a connection so that its peer can read what it was sent: one that is closed with unread bytes would be reset instead.</summary>
internal static class OrderlyEnd
{
    /// <summary>Sends FIN and takes what the peer still says, until it ends too or the time is up. The leg stays to be closed.</summary>
    /// <param name="leg">The leg.</param>
    /// <param name="patience">Longest wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task MakeAsync(Leg leg, TimeSpan patience, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        var unread = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            leg.ShutdownSend();
            while (await leg.ReceiveAsync(unread, limit.Token).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (NotSupportedException)
        {
            // A relay still reads from the TLS stream, which allows one reader: it takes what comes until the time is up.
            await Task.Delay(patience, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The peer is gone, or sends without end.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unread);
        }
    }
}
