namespace Faultbox.Protocols.Relay;

/// <summary>The time within which a connection must be ready to be relayed: dialing, and what secures it.</summary>
internal sealed class DialBudget : IDisposable
{
    private readonly CancellationTokenSource _limit;

    /// <summary>Starts the clock.</summary>
    /// <param name="stopped">Fires when the proxy stops.</param>
    public DialBudget(CancellationToken stopped)
    {
        _limit = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        _limit.CancelAfter(UpstreamDialer.Budget);
    }

    /// <summary>Fires when the time is up or the proxy stops.</summary>
    public CancellationToken Token => _limit.Token;

    /// <summary>Takes as long as it takes from now on: a rule holds the connection.</summary>
    public void Lift() => _limit.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose() => _limit.Dispose();
}
