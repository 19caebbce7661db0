using Faultbox.Core.Faults;

namespace Faultbox.Spec.Values;

/// <summary>The value of <c>deny()</c>, <c>delay()</c> and <c>allow()</c>.</summary>
/// <param name="fault">What it does.</param>
internal sealed class FaultValue(FaultDefinition fault) : SpecValue
{
    /// <summary>What it does.</summary>
    public FaultDefinition Fault => fault;

    /// <inheritdoc/>
    public override string TypeName => "fault";

    /// <inheritdoc/>
    protected override string Description =>
        RuleText.Detail(fault) is { } detail ? $"fault {RuleText.Action(fault)}({detail})" : $"fault {RuleText.Action(fault)}";
}
