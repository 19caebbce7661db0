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
    SourcePosition Position);
