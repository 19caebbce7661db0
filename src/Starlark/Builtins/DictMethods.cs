using Starlark.Execution;

namespace Starlark;

/// <summary>The methods of dictionaries.</summary>
internal static class DictMethods
{
    public static MethodTable Table { get; } = new(
    [
        Method.Of("clear", "", Clear),
        Method.Of("get", "key default?", (_, s, a) => Get(s, a[0], a[1]), Get),
        new BuiltinMethod(new Signature("items"), (_, s, _) => List(Self(s), (key, value) => Value.Of(new StarlarkTuple([key, value])))) { Columns = ItemColumns },
        Method.Of("keys", "", (_, s, _) => List(Self(s), (key, _) => key)),
        Method.Of("pop", "key default?", Pop),
        Method.Of("popitem", "", PopItem),
        Method.Of("setdefault", "key default?", (_, s, a) => SetDefault(s, a[0], a[1]), SetDefault),
        Method.Of("update", "pairs? **kwargs", Update),
        Method.Of("values", "", (_, s, _) => List(Self(s), (_, value) => value)),
    ]);

    /// <summary>Adds a mapping or pairs, then keywords, to a dictionary.</summary>
    public static void AddAll(StarlarkDict dict, Value pairs, IReadOnlyList<KeyValuePair<string, Value>> keywords)
    {
        if (pairs.Ref is StarlarkDict other)
        {
            dict.CopyFrom(other);
        }
        else if (!pairs.IsUnset)
        {
            AddPairs(dict, pairs);
        }

        foreach (var (name, value) in keywords)
        {
            dict.Set(Value.Of(name), value);
        }
    }

    private static Value List(StarlarkDict dict, Func<Value, Value, Value> select)
    {
        Room.ForItems(dict.Count);
        var items = new Value[dict.Count];
        var count = 0;
        for (var i = 0; i < dict.Table.Used; i++)
        {
            RunningThread.Step();
            if (dict.Table.EntryAt(i, out var key, out var value))
            {
                items[count++] = select(key, value);
            }
        }

        return Value.Of(new StarlarkList(items, count));
    }

    private static Columns ItemColumns(Value s, BoundArguments a)
    {
        var table = Self(s).Table;
        Room.ForItems(table.Count * 2L);
        var (keys, values) = (new Value[table.Count], new Value[table.Count]);
        var count = 0;
        for (var i = 0; i < table.Used; i++)
        {
            RunningThread.Step();
            if (table.EntryAt(i, out var key, out var value))
            {
                (keys[count], values[count]) = (key, value);
                count++;
            }
        }

        return new Columns([keys, values], count);
    }

    private static StarlarkDict Self(Value s) => (StarlarkDict)s.Ref!;

    private static void AddPairs(StarlarkDict dict, Value pairs)
    {
        if (pairs.Ref is not IIterable)
        {
            throw new EvalException($"got {pairs.TypeName}, want iterable");
        }

        using var items = Operators.Iterate(pairs);
        for (var number = 0; items.MoveNext(out var pair); number++)
        {
            if (pair.Ref is not IIterable)
            {
                throw new EvalException($"dictionary update sequence element #{number} is not iterable ({pair.TypeName})");
            }

            RunningThread.Step();
            var two = Operators.Collect(pair);
            if (two.Length != 2)
            {
                throw new EvalException($"dictionary update sequence element #{number} has length {two.Length}, want 2");
            }

            dict.Set(two[0], two[1]);
        }
    }

    private static Value Get(Value s, Value key, Value missing) =>
        Self(s).Table.TryGet(key, out var found) ? found : missing.IsUnset ? Value.None : missing;

    private static Value Clear(StarlarkThread thread, Value s, BoundArguments a)
    {
        Self(s).CheckMutable("clear");
        Self(s).Table.Clear();
        return Value.None;
    }

    private static Value Pop(StarlarkThread thread, Value s, BoundArguments a)
    {
        Self(s).CheckMutable("delete from");
        return Self(s).Table.Remove(a[0], out var value) ? value
            : a.Has(1) ? a[1]
            : throw new EvalException($"missing key {a[0].Repr()}");
    }

    private static Value PopItem(StarlarkThread thread, Value s, BoundArguments a)
    {
        var dict = Self(s);
        dict.CheckMutable("delete from");
        if (dict.Count == 0)
        {
            throw new EvalException("empty dict");
        }

        var (key, value) = dict.Table.First();
        dict.Table.Remove(key, out _);
        return Value.Of(new StarlarkTuple([key, value]));
    }

    private static Value SetDefault(Value s, Value key, Value missing)
    {
        if (Self(s).TryGet(key, out var found))
        {
            return found;
        }

        var value = missing.IsUnset ? Value.None : missing;
        Self(s).Set(key, value);
        return value;
    }

    private static Value Update(StarlarkThread thread, Value s, BoundArguments a)
    {
        Self(s).CheckMutable("insert into");
        AddAll(Self(s), a[0], a.Keywords);
        return Value.None;
    }
}
