namespace Faultbox.Core.Faults;

/// <summary>A rule in force on one service: the declared keyword with the counters of this test.</summary>
public sealed class ActiveRule
{
    internal ActiveRule(FaultRule rule) => Rule = rule;

    /// <summary>The declaration.</summary>
    public FaultRule Rule { get; }
}
