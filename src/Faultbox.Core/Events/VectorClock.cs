namespace Faultbox.Core.Events;

/// <summary>An immutable snapshot of a vector clock. Missing components are 0.</summary>
public sealed class VectorClock
{
    /// <summary>The clock of events without an actor.</summary>
    public static VectorClock Empty { get; } = new([]);

    private readonly KeyValuePair<string, long>[] _components;

    /// <summary>Takes ownership of components sorted by actor name, none of them 0.</summary>
    public VectorClock(KeyValuePair<string, long>[] components) => _components = components;

    /// <summary>Components sorted by actor name.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Components => _components;

    /// <summary>Component of one actor.</summary>
    public long this[string actor]
    {
        get
        {
            foreach (var (name, value) in _components)
            {
                if (name == actor)
                {
                    return value;
                }
            }

            return 0;
        }
    }

    /// <summary>True when every component is at most that of <paramref name="other"/> and one is smaller.</summary>
    public bool HappensBefore(VectorClock other)
    {
        if (_components.Length == 0 || other._components.Length == 0)
        {
            return false;
        }

        var smaller = false;
        foreach (var (actor, value) in _components)
        {
            var theirs = other[actor];
            if (value > theirs)
            {
                return false;
            }

            smaller |= value < theirs;
        }

        return smaller || other._components.Any(c => c.Value > 0 && this[c.Key] == 0);
    }
}
