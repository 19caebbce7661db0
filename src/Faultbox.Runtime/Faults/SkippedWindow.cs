using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime.Faults;

/// <summary>A window on a service whose calls are not intercepted: its rules are accounted for, though none can act.</summary>
internal sealed class SkippedWindow(FaultWindow window, IReadOnlyList<FaultRule> rules, long openedSequence)
{
    /// <summary>Handle of the window.</summary>
    public FaultWindow Window => window;

    /// <summary>Keywords of its rules.</summary>
    public string Keywords => string.Join(",", rules.Select(r => r.Keyword));

    /// <summary>Event that announced its end; 0 while it is open.</summary>
    public long ClosedSequence { get; set; }

    /// <summary>One row per rule, none of which matched.</summary>
    public IEnumerable<FaultSummary> SummarizeRules() => rules.Select(rule => new FaultSummary
    {
        Service = window.Service,
        Keyword = rule.Keyword,
        Action = RuleText.Action(rule.Fault),
        Detail = RuleText.Detail(rule.Fault),
        Operation = rule.Operation,
        Label = rule.Fault.Label,
        Hits = 0,
        Matches = 0,
        Windows = [new RuleUse(RuleText.Summary(rule), 0, openedSequence, ClosedSequence)],
        Hint = $"the calls of {window.Service} are not intercepted: it is declared with seccomp = False",
    });

    /// <summary>The row of the window.</summary>
    public FaultWindowSummary Summarize() => new(
        window.Service, window.IsTrace, [.. rules.Select(r => new EventField(r.Keyword, RuleText.Summary(r)))], 0, openedSequence, ClosedSequence);
}
