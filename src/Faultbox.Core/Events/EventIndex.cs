using System.Collections.Concurrent;

namespace Faultbox.Core.Events;

/// <summary>Positions of events by a text key. One writer at a time, any number of readers.</summary>
internal sealed class EventIndex
{
    private readonly ConcurrentDictionary<string, PlainList<int>> _positions = new(StringComparer.Ordinal);

    /// <summary>Adds the position of the newest event.</summary>
    public void Add(string key, int position)
    {
        if (!_positions.TryGetValue(key, out var positions))
        {
            positions = new PlainList<int>();
            _positions[key] = positions;
        }

        positions.Add(position);
    }

    /// <summary>Positions of a key, ascending; null when there are none.</summary>
    public PlainList<int>? Find(string key) => _positions.GetValueOrDefault(key);
}
