namespace Faultbox.Core.Faults;

/// <summary>
/// Numbers matches from 1. A number whose call never completed is given back and becomes the number of the next match, so every number
/// belongs to exactly one completed call. Guarded by the engine's lock; <see cref="Count"/> may be read by anybody.
/// </summary>
internal sealed class MatchCounter
{
    private readonly List<int> _returned = [];
    private int _issued;
    private int _count;

    /// <summary>Matches that count.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes the lowest free number.</summary>
    public int Take()
    {
        Volatile.Write(ref _count, _count + 1);
        if (_returned.Count == 0)
        {
            return ++_issued;
        }

        var lowest = _returned.Min();
        _returned.Remove(lowest);
        return lowest;
    }

    /// <summary>Gives a number back.</summary>
    public void Return(int number)
    {
        Volatile.Write(ref _count, _count - 1);
        _returned.Add(number);
    }
}
