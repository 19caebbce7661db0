using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>Copies values so deeply that the copy can be changed whatever happened to the original. Cycles stay cycles.</summary>
internal sealed class UnfrozenCopy
{
    /// <summary>Most levels of nesting that can be copied.</summary>
    public const int MaximumDepth = 500;

    private readonly Dictionary<StarlarkObject, Value> _copies = new(ReferenceEqualityComparer.Instance);
    private bool _isTooDeep;

    private UnfrozenCopy()
    {
    }

    /// <summary>Copies a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="copy">The copy.</param>
    /// <returns>False when the value has more than <see cref="MaximumDepth"/> levels.</returns>
    public static bool TryMake(Value value, out Value copy)
    {
        var copying = new UnfrozenCopy();
        copy = copying.Copy(value, 0);
        return !copying._isTooDeep;
    }

    private Value Copy(Value value, int depth)
    {
        if (depth > MaximumDepth)
        {
            _isTooDeep = true;
            return Value.None;
        }

        if (value.Object is { } known && _copies.TryGetValue(known, out var copied))
        {
            return copied;
        }

        switch (value.Object)
        {
            case StarlarkList list:
                var items = new StarlarkList();
                _copies.Add(list, Value.Of(items));
                foreach (var item in list)
                {
                    items.Add(Copy(item, depth + 1));
                }

                return Value.Of(items);
            case StarlarkDict dict:
                var entries = new StarlarkDict();
                _copies.Add(dict, Value.Of(entries));
                foreach (var (key, entry) in dict.Entries)
                {
                    entries.Set(Copy(key, depth + 1), Copy(entry, depth + 1));
                }

                return Value.Of(entries);
            case StarlarkSet set:
                return Value.Of(new StarlarkSet(set.Elements.Select(e => Copy(e, depth + 1))));
            case StarlarkTuple tuple:
                return Value.Of(new StarlarkTuple([.. tuple.Select(i => Copy(i, depth + 1))]));
            case StarlarkStruct record:
                return Value.Of(new StarlarkStruct(record.Fields.Select(f => KeyValuePair.Create(f.Key, Copy(f.Value, depth + 1)))));
            default:
                return value;
        }
    }
}
