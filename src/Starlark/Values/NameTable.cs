using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Starlark;

/// <summary>
/// Values by name, in the order they were added. The framework's dictionary would be compiled for <see cref="Value"/> anew in every process; this
/// table is compiled ahead of time, which shortens the start of each program.
/// </summary>
internal sealed class NameTable : IReadOnlyDictionary<string, Value>
{
    private const int NoEntry = -1;

    private string[] _names = [];
    private Value[] _values = [];
    private int[] _next = [];
    private int[] _buckets = [];

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public IEnumerable<string> Keys
    {
        get
        {
            for (var i = 0; i < Count; i++)
            {
                yield return _names[i];
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerable<Value> Values
    {
        get
        {
            for (var i = 0; i < Count; i++)
            {
                yield return _values[i];
            }
        }
    }

    /// <inheritdoc/>
    public Value this[string key]
    {
        get => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException(key);
        set
        {
            var index = Find(key);
            if (index != NoEntry)
            {
                _values[index] = value;
                return;
            }

            if (Count == _names.Length)
            {
                Grow(Math.Max(8, Count * 2));
            }

            (_names[Count], _values[Count]) = (key, value);
            Link(Count++);
        }
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => Find(key) != NoEntry;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Value value)
    {
        var index = Find(key);
        value = index == NoEntry ? default : _values[index];
        return index != NoEntry;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, Value>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return new(_names[i], _values[i]);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int Find(string name)
    {
        if (Count == 0)
        {
            return NoEntry;
        }

        var index = _buckets[Bucket(name)] - 1;
        while (index != NoEntry && !string.Equals(_names[index], name, StringComparison.Ordinal))
        {
            index = _next[index] - 1;
        }

        return index;
    }

    private int Bucket(string name) => string.GetHashCode(name.AsSpan()) & (_buckets.Length - 1);

    private void Link(int index)
    {
        ref var bucket = ref _buckets[Bucket(_names[index])];
        (_next[index], bucket) = (bucket, index + 1);
    }

    private void Grow(int size)
    {
        var (names, values) = (new string[size], new Value[size]);
        Array.Copy(_names, names, Count);
        Array.Copy(_values, values, Count);
        (_names, _values, _next, _buckets) = (names, values, new int[size], new int[size]);
        for (var i = 0; i < Count; i++)
        {
            Link(i);
        }
    }
}
