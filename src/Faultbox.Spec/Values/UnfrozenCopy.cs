using System.Runtime.CompilerServices;
using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>Copies values so deeply that the copy can be changed whatever happened to the original. Cycles stay cycles.</summary>
internal sealed class UnfrozenCopy
{
    private readonly Dictionary<StarlarkObject, Value> _copies = new(ReferenceEqualityComparer.Instance);

    private UnfrozenCopy()
    {
    }

    /// <summary>The copy of a value.</summary>
    /// <exception cref="SpecException">The value is nested too deeply.</exception>
    public static Value Of(Value value) => new UnfrozenCopy().Copy(value);

    private Value Copy(Value value)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new SpecException("the value is nested too deeply to be copied");
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
                    items.Add(Copy(item));
                }

                return Value.Of(items);
            case StarlarkDict dict:
                var entries = new StarlarkDict();
                _copies.Add(dict, Value.Of(entries));
                foreach (var (key, entry) in dict.Entries)
                {
                    entries.Set(Copy(key), Copy(entry));
                }

                return Value.Of(entries);
            case StarlarkSet set:
                return Value.Of(new StarlarkSet(set.Elements.Select(Copy)));
            case StarlarkTuple tuple:
                return Value.Of(new StarlarkTuple([.. tuple.Select(Copy)]));
            case StarlarkStruct record:
                return Value.Of(new StarlarkStruct(record.Fields.Select(f => KeyValuePair.Create(f.Key, Copy(f.Value)))));
            default:
                return value;
        }
    }
}
