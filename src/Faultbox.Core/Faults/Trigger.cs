namespace Faultbox.Core.Faults;

/// <summary>Selects matches by their number, counted per rule from 1.</summary>
public enum TriggerKind
{
    /// <summary>Every match.</summary>
    Always,

    /// <summary>The N-th match only.</summary>
    Nth,

    /// <summary>Every match from the N+1st on.</summary>
    After,

    /// <summary>Matches N, 2N, 3N ….</summary>
    Every,

    /// <summary>The first N matches.</summary>
    First,
}

/// <summary>A match selector.</summary>
/// <param name="Kind">How <paramref name="Count"/> is read.</param>
/// <param name="Count">N; 0 for <see cref="TriggerKind.Always"/>.</param>
public readonly record struct Trigger(TriggerKind Kind, long Count)
{
    /// <summary>Every match is due.</summary>
    public static Trigger Always => default;

    /// <summary>Tells whether the given match is due.</summary>
    /// <param name="match">Number of the match, from 1.</param>
    public bool IsDue(long match) => Kind switch
    {
        TriggerKind.Nth => match == Count,
        TriggerKind.After => match > Count,
        TriggerKind.Every => match % Count == 0,
        TriggerKind.First => match <= Count,
        _ => true,
    };

    /// <summary>Position of a due match among the due ones, from 0.</summary>
    /// <param name="match">Number of a match that is due, from 1.</param>
    public long IndexOf(long match) => Kind switch
    {
        TriggerKind.Nth => 0,
        TriggerKind.After => match - Count - 1,
        TriggerKind.Every => (match / Count) - 1,
        _ => match - 1,
    };
}
