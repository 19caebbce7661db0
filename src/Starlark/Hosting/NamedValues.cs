using System.Collections;
using System.Text;

namespace Starlark;

/// <summary>The named arguments of a call that belong to no parameter of their own, in the order written.</summary>
internal sealed class NamedValues(int capacity) : IReadOnlyList<KeyValuePair<string, Value>>
{
    private readonly string[] _names = new string[capacity];
    private readonly Value[] _values = new Value[capacity];

    /// <summary>Those of a call without any.</summary>
    public static NamedValues None { get; } = new(0);

    public int Count { get; private set; }

    public KeyValuePair<string, Value> this[int index] => new(_names.AsSpan(0, Count)[index], _values[index]);

    /// <summary>Adds one; there are at most as many as the capacity says.</summary>
    public void Add(string name, Value value)
    {
        (_names[Count], _values[Count]) = (name, value);
        Count++;
    }

    /// <summary>Finds the value of a name.</summary>
    public bool TryGet(string name, out Value value) => TryGetAt(Array.IndexOf(_names, name, 0, Count), out value);

    /// <summary>Finds the value of a name whose characters are all ASCII.</summary>
    public bool TryGetAscii(ReadOnlySpan<byte> name, out Value value)
    {
        var index = Count - 1;
        while (index >= 0 && !Ascii.Equals(name, _names[index]))
        {
            index--;
        }

        return TryGetAt(index, out value);
    }

    private bool TryGetAt(int index, out Value value)
    {
        value = index >= 0 ? _values[index] : default;
        return index >= 0;
    }

    public IEnumerator<KeyValuePair<string, Value>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
