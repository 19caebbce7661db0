namespace Faultbox.Core.Events;

/// <summary>
/// A list that only grows, in blocks that never move: adding copies no element, and readers need no lock. One writer at a time;
/// readers see every element below a count they have read.
/// </summary>
/// <param name="segmentBits">Binary logarithm of the elements per block.</param>
internal sealed class SegmentedList<T>(int segmentBits)
{
    private T[][] _segments = [];
    private int _count;

    /// <summary>Number of elements.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>An element below <see cref="Count"/>.</summary>
    public ref readonly T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return ref Volatile.Read(ref _segments)[index >> segmentBits][index & ((1 << segmentBits) - 1)];
        }
    }

    /// <summary>Appends an element.</summary>
    public void Add(in T value)
    {
        var segment = _count >> segmentBits;
        if (segment == _segments.Length || _segments[segment] is null)
        {
            AddSegment(segment);
        }

        _segments[segment][_count & ((1 << segmentBits) - 1)] = value;
        Volatile.Write(ref _count, _count + 1);
    }

    private void AddSegment(int segment)
    {
        var segments = _segments;
        if (segment == segments.Length)
        {
            segments = new T[Math.Max(4, segment * 2)][];
            _segments.CopyTo(segments, 0);
        }

        segments[segment] = new T[1 << segmentBits];
        Volatile.Write(ref _segments, segments);
    }
}
