namespace Faultbox.Protocols.Relay;

/// <summary>
/// What a peer sent before it reset its connection. Sending to it fails at once, while its bytes still wait to be read: they are relayed
/// before the reset is, as they would have arrived without the proxy.
/// </summary>
internal static class EarlyAnswer
{
    /// <summary>Time for a receiver that takes nothing; it keeps what its own buffer has.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Waits, after the direction toward a peer was reset, until what the peer sent is relayed, as long as that goes on or a rule holds it; not
    /// at all when that peer has not failed.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="peer">The receiver of the direction that was reset.</param>
    /// <param name="others">The direction that relays what the peer sends.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task PassAsync(ProxyConnection connection, Leg peer, Task others, CancellationToken cancellation)
    {
        if (!peer.HasFailed)
        {
            return;
        }

        var moved = -1L;
        while (!others.IsCompleted && !cancellation.IsCancellationRequested && (connection.IsHeld || moved != Moved()))
        {
            moved = Moved();
            await others.WaitAsync(Patience, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        long Moved() => peer == connection.Upstream ? connection.ServerBytes : connection.ClientBytes;
    }
}
