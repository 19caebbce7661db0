using Faultbox.Core.Leaves;

namespace Faultbox.Core.Faults;

/// <summary>One keyword of a fault window: the calls it stands for and the fault to apply.</summary>
/// <param name="Keyword">What the specification wrote before <c>=</c>.</param>
/// <param name="Operation">Name of the named operation when the keyword is one, otherwise null.</param>
/// <param name="Syscalls">Names of the calls of this architecture, family order.</param>
/// <param name="BaseSyscalls">The calls shown in summaries.</param>
/// <param name="Path">Path glob of the named operation, or null.</param>
/// <param name="Fault">What happens.</param>
/// <param name="Position">Where the window was written.</param>
public sealed record FaultRule(
    string Keyword,
    string? Operation,
    IReadOnlyList<string> Syscalls,
    IReadOnlyList<string> BaseSyscalls,
    string? Path,
    FaultDefinition Fault,
    SourcePosition Position)
{
    /// <summary>Name of the rule's chance on a service: its random decisions, occurrences and axis.</summary>
    public string KeyOn(string service) => Fault.Label ?? $"{service}:{Keyword}";

    /// <summary>The axis of a rule whose first occurrences are enumerated; null for every other rule.</summary>
    public Axis? AxisOn(string service) => Fault.MaxFires is { } occurrences ? Axis.OfChance(KeyOn(service), occurrences) : null;
}
