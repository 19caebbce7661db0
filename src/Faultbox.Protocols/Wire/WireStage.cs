using System.Runtime.CompilerServices;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Wire;

/// <summary>Puts the stream faults of an interface on its connections, new ones and live ones.</summary>
internal sealed class WireStage : ILegStage
{
    private readonly ConditionalWeakTable<ActiveProxyRule, TokenBucket> _shared = [];

    /// <inheritdoc/>
    public ValueTask<ProxyConnection> PrepareAsync(ProxyConnection connection, DialBudget budget)
    {
        var wire = new WireConnection(connection, _shared);
        var faulted = connection.With(new WireLeg(connection.Client, wire), connection.Upstream);
        faulted.RulesChanged += wire.Follow;
        faulted.Left += wire.Leave;
        wire.Ended = () => faulted.IsEndedByRule = true;
        return ValueTask.FromResult(faulted);
    }
}
