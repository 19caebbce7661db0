using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Wire;

/// <summary>
/// Resets connections before they are secured, as a host that is down does: the other faults on streams act on the plain bytes, which there are
/// none of before.
/// </summary>
internal sealed class DownStage : ILegStage
{
    /// <inheritdoc/>
    public ValueTask<ProxyConnection> PrepareAsync(ProxyConnection connection, DialBudget budget)
    {
        List<ActiveProxyRule>? met = null;
        if (connection.Rules is { } rules)
        {
            foreach (var rule in rules.WireRules.Where(r => r.Fault.Wire is WireDown))
            {
                (met ??= []).Add(rule);
                if (rules.MeetsConnection(rule, connection.Consumer))
                {
                    rules.Emit(rule, connection.Consumer, connection.Id, new EventField("phase", "attach"));
                    throw new IOException("a rule has reset the connection");
                }
            }
        }

        return ValueTask.FromResult(met is null ? connection : connection.WithMet(met));
    }
}
