using Faultbox.Core.Randomness;

namespace Faultbox.Core.Proxying;

/// <summary>A rule in force on one interface, with its counters. Evaluated by any number of connections at the same time.</summary>
public sealed class ActiveProxyRule
{
    private readonly RandomStream _stream;
    private readonly IReadOnlyList<bool> _pinned;
    private readonly MessageTally _tally;
    private readonly long _seenBefore;
    private readonly IReadOnlyDictionary<string, long> _kindsBefore;
    private long _seenAtEnd = -1;
    private long _matches;
    private long _drawn;
    private long _fired;
    private long _withoutEffect;

    /// <summary>Puts a rule in force.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="ordinal">Its position among the rules of its window, from 1.</param>
    /// <param name="key">Key of its random draws.</param>
    /// <param name="stream">Its random draws in this test.</param>
    /// <param name="pinned">Outcomes fixed by the plan, by occurrence; later occurrences are drawn.</param>
    /// <param name="tally">Messages of the interface.</param>
    internal ActiveProxyRule(
        ProxyRule rule, int ordinal, string key, RandomStream stream, IReadOnlyList<bool> pinned, MessageTally tally)
    {
        Rule = rule;
        Ordinal = ordinal;
        Key = key;
        _stream = stream;
        _pinned = pinned;
        _tally = tally;
        _seenBefore = tally.Total;
        _kindsBefore = tally.Kinds;
    }

    /// <summary>The rule.</summary>
    public ProxyRule Rule { get; }

    /// <summary>What it does.</summary>
    public ProxyFault Fault => Rule.Fault;

    /// <summary>Position among the rules of its window, from 1.</summary>
    public int Ordinal { get; }

    /// <summary>Label, or <c>service.interface:action</c> with <c>#2</c>, <c>#3</c>, … for further rules of that name.</summary>
    public string Key { get; }

    /// <summary>Messages of the interface while the rule was in force, whether or not they reached it.</summary>
    public long Seen => (Volatile.Read(ref _seenAtEnd) is var end and >= 0 ? end : _tally.Total) - _seenBefore;

    /// <summary>
    /// Kinds of messages of the interface since the rule came into force, such as <c>POST /orders</c>, with their number, most frequent
    /// first; kept while some rule has matched nothing.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, long>> SeenMessages => _tally.KindsSince(_kindsBefore);

    /// <summary>The rule that decided about a message before this one, which covers it and has matched nothing, was asked; null when none did.</summary>
    public ActiveProxyRule? ForestalledBy { get; private set; }

    /// <summary>
    /// Who sent a message that a rule which has matched nothing would cover, were it not limited to another source: a consumer, or empty for an
    /// unknown one; null when nobody did.
    /// </summary>
    public string? OtherSource { get; private set; }

    /// <summary>Messages it covered.</summary>
    public long Matches => Volatile.Read(ref _matches);

    /// <summary>Messages it acted on.</summary>
    public long Fired => Volatile.Read(ref _fired);

    /// <summary>Messages it was due for and found nothing to act on, such as a body that ends before the place of a cut. They do not count as fired.</summary>
    public long WithoutEffect => Volatile.Read(ref _withoutEffect);

    /// <summary>Random bits of an occurrence, for faults that draw more than whether they fire.</summary>
    public RandomStream Stream => _stream;

    /// <summary>Takes back that the rule fired: the message had nothing for it to act on. Call it before the last byte of the message leaves.</summary>
    public void Withdraw()
    {
        Interlocked.Decrement(ref _fired);
        Interlocked.Increment(ref _withoutEffect);
    }

    /// <summary>Counts a message that nobody else counts.</summary>
    internal void See(in ProxyMessage message) => _tally.Add(message, byKind: false);

    /// <summary>True when the rule covers the message and is due; counts both.</summary>
    internal bool Fires(in ProxyMessage message)
    {
        if (!Covers(message))
        {
            NoteSource(message);
            return false;
        }

        var match = Interlocked.Increment(ref _matches);
        if (!Fault.Trigger.IsDue(match) || !Draw())
        {
            return false;
        }

        Interlocked.Increment(ref _fired);
        return true;
    }

    /// <summary>True when the body of the message decides whether the rule covers it.</summary>
    internal bool AsksForBody(in ProxyMessage message) =>
        !Fault.Matcher.Body.IsEmpty && IsMeant(message) && Fault.Matcher.IsMatchBeforeBody(message);

    /// <summary>Notes that another rule has decided about a message before this one was asked.</summary>
    internal void Forestall(in ProxyMessage message, ActiveProxyRule by)
    {
        if (ForestalledBy is null && Matches == 0 && Covers(message))
        {
            ForestalledBy = by;
        }
    }

    /// <summary>Stops counting what the interface sees.</summary>
    internal void End() => Volatile.Write(ref _seenAtEnd, _tally.Total);

    private void NoteSource(in ProxyMessage message)
    {
        if (Fault.Source is not null && Fault.Source != message.Consumer && OtherSource is null && Matches == 0
            && (Fault.Direction & message.Direction) != 0 && Fault.Matcher.IsMatch(message))
        {
            OtherSource = message.Consumer;
        }
    }

    private bool Covers(in ProxyMessage message) => IsMeant(message) && Fault.Matcher.IsMatch(message);

    private bool IsMeant(in ProxyMessage message) =>
        (Fault.Direction & message.Direction) != 0 && (Fault.Source is null || Fault.Source == message.Consumer);

    private bool Draw()
    {
        if (Fault.Probability >= 1)
        {
            return true;
        }

        var index = Interlocked.Increment(ref _drawn) - 1;
        return index < _pinned.Count ? _pinned[(int)index] : _stream.Draw(index) < Fault.Probability;
    }
}
