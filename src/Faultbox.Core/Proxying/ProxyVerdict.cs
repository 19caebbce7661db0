namespace Faultbox.Core.Proxying;

/// <summary>
/// What happens to a message: the rules that fired, in order. All but the last are delays, which add up; the last one may end the
/// evaluation with an action of its own.
/// </summary>
/// <param name="Fired">Rules that fired, at least one.</param>
public sealed record ProxyVerdict(IReadOnlyList<ActiveProxyRule> Fired)
{
    /// <summary>The rule that acts on the message; null when it is delayed only.</summary>
    public ActiveProxyRule? Terminal => Fired[^1].Fault.Action == ProxyAction.Delay ? null : Fired[^1];

    /// <summary>Takes back that its rules fired: what they would act on never comes.</summary>
    public void WithdrawAll()
    {
        foreach (var rule in Fired)
        {
            rule.Withdraw();
        }
    }
}
