namespace Faultbox.Core.Events;

/// <summary>
/// The running clock of one actor. What it knows of others changes only in a merge, so all its events between two merges share one
/// snapshot and differ in their tick alone. Guarded by the log's lock.
/// </summary>
/// <param name="name">Actor.</param>
/// <param name="snapshots">Store of the log's snapshots.</param>
internal sealed class ActorClock(string name, SegmentedList<ActorClock.Snapshot> snapshots)
{
    private Snapshot _known = new([], -1);

    /// <summary>What an actor knows of others; the own component, if present, is replaced by the tick of the event.</summary>
    /// <param name="Components">Components sorted by actor name.</param>
    /// <param name="Own">Position of the own component, or -1 before the first event.</param>
    internal readonly record struct Snapshot(KeyValuePair<string, long>[] Components, int Own)
    {
        /// <summary>The clock of an event with the given own component.</summary>
        public VectorClock At(int tick)
        {
            var components = (KeyValuePair<string, long>[])Components.Clone();
            components[Own] = new(components[Own].Key, tick);
            return new VectorClock(components);
        }
    }

    /// <summary>Index of the current snapshot; meaningful after the first tick.</summary>
    public int SnapshotIndex { get; private set; } = -1;

    /// <summary>The own component: number of own events.</summary>
    public int Ticks { get; private set; }

    /// <summary>Counts an own event.</summary>
    public void Tick()
    {
        Ticks++;
        if (SnapshotIndex < 0)
        {
            Publish(WithOwn(_known.Components));
        }
    }

    /// <summary>Takes over everything another actor knows that is newer.</summary>
    public void Merge(ActorClock other)
    {
        if (ReferenceEquals(this, other) || !LearnsFrom(other))
        {
            return;
        }

        var merged = Union(other);
        if (Ticks > 0)
        {
            Publish(WithOwn(merged));
        }
        else
        {
            _known = new Snapshot(merged, -1);
        }
    }

    private bool LearnsFrom(ActorClock other)
    {
        foreach (var component in other._known.Components)
        {
            if (ValueIn(other, component) > Known(component.Key))
            {
                return true;
            }
        }

        return false;
    }

    private KeyValuePair<string, long>[] Union(ActorClock other)
    {
        var union = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var component in _known.Components)
        {
            union[component.Key] = component.Value;
        }

        foreach (var component in other._known.Components)
        {
            if (component.Key != name)
            {
                union[component.Key] = Math.Max(union.GetValueOrDefault(component.Key), ValueIn(other, component));
            }
        }

        return [.. union];
    }

    private static long ValueIn(ActorClock actor, KeyValuePair<string, long> component) =>
        component.Key == actor.Name ? actor.Ticks : component.Value;

    private long Known(string actor)
    {
        if (actor == name)
        {
            return Ticks;
        }

        foreach (var component in _known.Components)
        {
            if (component.Key == actor)
            {
                return component.Value;
            }
        }

        return 0;
    }

    private string Name => name;

    private Snapshot WithOwn(KeyValuePair<string, long>[] components)
    {
        var own = Array.FindIndex(components, c => c.Key == name);
        if (own >= 0)
        {
            return new Snapshot(components, own);
        }

        var position = components.Count(c => string.CompareOrdinal(c.Key, name) < 0);
        return new Snapshot([.. components[..position], new(name, 0), .. components[position..]], position);
    }

    private void Publish(Snapshot snapshot)
    {
        _known = snapshot;
        SnapshotIndex = snapshots.Count;
        snapshots.Add(snapshot);
    }
}
