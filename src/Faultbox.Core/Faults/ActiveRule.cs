using Faultbox.Core.Randomness;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Faults;

/// <summary>A rule in force on one service: the declared keyword with the counters of its window.</summary>
public sealed class ActiveRule
{
    private readonly FaultDefinition _fault;
    private readonly RandomStream _stream;
    private readonly MatchCounter _matches = new();
    private readonly MatchCounter _occurrences;
    private readonly IReadOnlyList<bool> _pinned;
    private int _hits;

    /// <summary>Puts a declaration in force.</summary>
    /// <param name="rule">The declaration.</param>
    /// <param name="scope">Its compiled restrictions.</param>
    /// <param name="stream">Random decisions of the rule's key in this test.</param>
    /// <param name="occurrences">Counter of drawn occurrences, shared by all rules with the same key.</param>
    /// <param name="pinned">Outcomes fixed by the plan, by occurrence; later occurrences are drawn.</param>
    internal ActiveRule(FaultRule rule, RuleScope scope, RandomStream stream, MatchCounter occurrences, IReadOnlyList<bool> pinned)
    {
        Rule = rule;
        Scope = scope;
        _fault = rule.Fault;
        _stream = stream;
        _occurrences = occurrences;
        _pinned = pinned;
    }

    /// <summary>The declaration.</summary>
    public FaultRule Rule { get; }

    /// <summary>Times the rule's restrictions held.</summary>
    public int Matches => _matches.Count;

    /// <summary>Times the rule acted.</summary>
    public int Hits => Volatile.Read(ref _hits);

    internal RuleScope Scope { get; }

    /// <summary>True for a rule that only observes: evaluation goes on with the next one.</summary>
    internal bool Observes => _fault.Kind == FaultKind.Allow && !Scope.IsRestricted;

    /// <summary>Counts a match and tells whether the rule acts on it. Called with the engine's lock held.</summary>
    internal bool Count(ulong notification, MatchJournal journal, out Decision decision)
    {
        var match = _matches.Take();
        var occurrence = 0;
        decision = default;
        var fires = _fault.Trigger.IsDue(match) && Draw(out occurrence) && TryAct(match, out decision);
        if (fires)
        {
            Volatile.Write(ref _hits, _hits + 1);
        }

        journal.Add(new MatchJournal.Entry(notification, this, match, occurrence, fires));
        return fires;
    }

    /// <summary>Takes a counted match back. Called with the engine's lock held.</summary>
    internal void Revert(in MatchJournal.Entry entry)
    {
        _matches.Return(entry.Match);
        if (entry.Occurrence > 0)
        {
            _occurrences.Return(entry.Occurrence);
        }

        if (entry.Fired)
        {
            Volatile.Write(ref _hits, _hits - 1);
        }
    }

    private bool Draw(out int occurrence)
    {
        occurrence = 0;
        if (_fault.Probability >= 1)
        {
            return true;
        }

        occurrence = _occurrences.Take();
        var index = occurrence - 1;
        return index < _pinned.Count ? _pinned[index] : _stream.Draw(index) < _fault.Probability;
    }

    private bool TryAct(int match, out Decision decision)
    {
        switch (_fault.Kind)
        {
            case FaultKind.Deny when TrySelectErrno(_fault, match, out var errno):
                decision = new Decision(DecisionKind.Deny, errno.Number, TimeSpan.Zero, this, match);
                return true;
            case FaultKind.Deny:
                decision = default;
                return false;
            case FaultKind.Delay when _fault.Then is { Kind: FaultKind.Deny } then && TrySelectErrno(then, match, out var errno):
                decision = new Decision(DecisionKind.Deny, errno.Number, _fault.Delay, this, match);
                return true;
            case FaultKind.Delay:
                decision = new Decision(DecisionKind.Delay, 0, _fault.Delay, this, match);
                return true;
            case FaultKind.Kill:
                decision = new Decision(DecisionKind.Kill, _fault.Signal, TimeSpan.Zero, this, match);
                return true;
            case FaultKind.Trace:
                decision = new Decision(DecisionKind.Trace, 0, TimeSpan.Zero, this, match);
                return true;
            default:
                decision = new Decision(DecisionKind.Allow, 0, TimeSpan.Zero, this, match);
                return true;
        }
    }

    /// <summary>A single errno is used for every match; a sequence advances with the due matches and then ends or starts again.</summary>
    private bool TrySelectErrno(FaultDefinition deny, int match, out Errno errno)
    {
        var errnos = deny.Errnos;
        var index = errnos.Count == 1 ? 0 : _fault.Trigger.IndexOf(match);
        if (deny.RepeatErrnos)
        {
            index %= errnos.Count;
        }

        errno = index < errnos.Count ? errnos[(int)index] : default;
        return index < errnos.Count;
    }
}
