using Starlark.Execution;

namespace Starlark;

/// <summary>The methods of lists.</summary>
internal static class ListMethods
{
    public static MethodTable Table { get; } = new(
    [
        Method.Of("append", "x", Append, (s, x, _) => Self(s).TryAdd(x) ? Value.None : default),
        Method.Of("clear", "", Clear),
        Method.Of("extend", "iterable", Extend),
        Method.Of("index", "x start? end?", Index),
        Method.Of("insert", "index x", Insert),
        Method.Of("pop", "index?", Pop, (s, index, _) => index.IsUnset && Self(s).TryRemoveLast(out var last) ? last : default),
        Method.Of("remove", "x", Remove),
    ]);

    private static StarlarkList Self(Value s) => (StarlarkList)s.Ref!;

    private static Value Append(StarlarkThread thread, Value s, BoundArguments a)
    {
        Self(s).Add(a[0]);
        return Value.None;
    }

    private static Value Clear(StarlarkThread thread, Value s, BoundArguments a)
    {
        Self(s).Clear();
        return Value.None;
    }

    private static Value Extend(StarlarkThread thread, Value s, BoundArguments a)
    {
        Self(s).AddRange(Operators.CollectArgument(a[0], "iterable"));
        return Value.None;
    }

    private static Value Index(StarlarkThread thread, Value s, BoundArguments a)
    {
        var list = Self(s);
        var start = Indexing.Clamp(a[1], list.Count, 0);
        var end = Indexing.Clamp(a[2], list.Count, list.Count);
        for (var i = start; i < end && i < list.Count; i++)
        {
            RunningThread.Step();
            if (Value.Equals(list.ElementAt(i), a[0]))
            {
                return Value.Of((long)i);
            }
        }

        throw new EvalException("value not in list");
    }

    private static Value Insert(StarlarkThread thread, Value s, BoundArguments a)
    {
        _ = a.Int64(0);
        Self(s).Insert(Indexing.Clamp(a[0], Self(s).Count, 0), a[1]);
        return Value.None;
    }

    private static Value Pop(StarlarkThread thread, Value s, BoundArguments a)
    {
        var list = Self(s);
        var index = a.Has(0) ? a[0] : Value.Of(-1);
        list.CheckMutable("pop from");
        return list.RemoveAt((int)Indexing.Position(index, list.Count, "list"), "pop from");
    }

    private static Value Remove(StarlarkThread thread, Value s, BoundArguments a)
    {
        var list = Self(s);
        list.CheckMutable("remove from");
        for (var i = 0; i < list.Count; i++)
        {
            RunningThread.Step();
            if (Value.Equals(list.ElementAt(i), a[0]))
            {
                list.RemoveAt(i, "remove from");
                return Value.None;
            }
        }

        throw new EvalException("element not found");
    }
}
