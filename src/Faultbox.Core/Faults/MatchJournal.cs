namespace Faultbox.Core.Faults;

/// <summary>
/// What the latest notifications have counted, so that it can be undone when the call turns out to be gone. A ring: a call that stays
/// unanswered while thousands of later calls match keeps its counts. Guarded by the engine's lock.
/// </summary>
internal sealed class MatchJournal
{
    private const int Capacity = 4096;

    private readonly Entry[] _entries = new Entry[Capacity];
    private int _next;

    /// <summary>One counted match.</summary>
    /// <param name="Notification">Identity of the notification.</param>
    /// <param name="Rule">Rule that matched.</param>
    /// <param name="Match">Number of the match.</param>
    /// <param name="Occurrence">Number of the drawn occurrence, or 0 when none was drawn.</param>
    /// <param name="Fired">True when the rule fired.</param>
    internal readonly record struct Entry(ulong Notification, ActiveRule? Rule, int Match, int Occurrence, bool Fired);

    /// <summary>Remembers a match.</summary>
    public void Add(in Entry entry)
    {
        _entries[_next] = entry;
        _next = (_next + 1) % Capacity;
    }

    /// <summary>Reverts and forgets everything a notification has counted.</summary>
    public void Revert(ulong notification)
    {
        foreach (ref var entry in _entries.AsSpan())
        {
            if (entry.Notification == notification && entry.Rule is { } rule)
            {
                rule.Revert(entry);
                entry = default;
            }
        }
    }
}
