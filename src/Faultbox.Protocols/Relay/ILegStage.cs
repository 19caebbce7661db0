namespace Faultbox.Protocols.Relay;

/// <summary>
/// Prepares the legs of a connection before its relay sees them: the one place where a leg is wrapped, for security or for faults on the
/// stream. Stages run in the order of <see cref="ProxyPlace.Stages"/>; the first one is nearest to the sockets.
/// </summary>
internal interface ILegStage
{
    /// <summary>Wraps the legs of a connection, within the bound of dialing.</summary>
    /// <param name="connection">The connection with its legs so far.</param>
    /// <param name="budget">Time that is left for it.</param>
    /// <returns>The connection with the legs to use from now on.</returns>
    /// <exception cref="IOException">The connection cannot be used: both legs are reset. The stage has recorded why.</exception>
    ValueTask<ProxyConnection> PrepareAsync(ProxyConnection connection, DialBudget budget);
}
