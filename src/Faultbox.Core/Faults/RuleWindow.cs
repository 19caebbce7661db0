using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;

namespace Faultbox.Core.Faults;

/// <summary>The rules that one call of the specification put in force on one service, from its opening to its closing.</summary>
public sealed class RuleWindow
{
    internal RuleWindow(IReadOnlyList<ActiveRule> rules, bool isTrace, bool isStarted, SourcePosition position, long openedSequence, long openedAt)
    {
        Rules = rules;
        IsTrace = isTrace;
        IsStarted = isStarted;
        Position = position;
        OpenedSequence = openedSequence;
        OpenedAt = openedAt;
    }

    /// <summary>Rules in keyword order.</summary>
    public IReadOnlyList<ActiveRule> Rules { get; }

    /// <summary>True for a window that only records.</summary>
    public bool IsTrace { get; }

    /// <summary>True for a window that stays open until it is stopped by name.</summary>
    public bool IsStarted { get; }

    /// <summary>Where it was opened.</summary>
    public SourcePosition Position { get; }

    /// <summary>Times its rules acted.</summary>
    public long Hits => Rules.Sum(r => (long)r.Hits);

    /// <summary>Event that announced it.</summary>
    internal long OpenedSequence { get; }

    /// <summary>Log time of its opening, in nanoseconds.</summary>
    internal long OpenedAt { get; }

    /// <summary>Log time of its closing, in nanoseconds; 0 while it is open.</summary>
    internal long ClosedAt { get; set; }

    /// <summary>Unresolved paths of the service when it opened.</summary>
    internal long UnresolvedPathsBefore { get; init; }

    /// <summary>Event that announced its end; 0 while it is open.</summary>
    internal long ClosedSequence { get; set; }

    /// <summary>Why rules matched nothing, by rule; filled at the end.</summary>
    internal Dictionary<ActiveRule, string> Hints { get; } = [];

    internal FaultWindowSummary Summarize(string service) => new(
        service, IsTrace, [.. Rules.Select(r => new EventField(r.Rule.Keyword, RuleText.Summary(r.Rule)))], Hits, OpenedSequence, ClosedSequence);
}
