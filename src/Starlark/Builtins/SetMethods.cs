using Starlark.Execution;

namespace Starlark;

/// <summary>The methods of sets.</summary>
internal static class SetMethods
{
    public static MethodTable Table { get; } = new(
    [
        Method.Of("add", "x", (_, s, a) => Add(s, a[0]), (s, x, _) => Add(s, x)),
        Method.Of("clear", "", Clear),
        Method.Of("difference", "*others", (_, s, a) => Value.Of(Difference(Self(s), a))),
        Method.Of("difference_update", "*others", (_, s, a) => Replace(s, Difference(Self(s), a))),
        Method.Of("discard", "x", Discard),
        Method.Of("intersection", "*others", (_, s, a) => Value.Of(Intersection(Self(s), a))),
        Method.Of("intersection_update", "*others", (_, s, a) => Replace(s, Intersection(Self(s), a))),
        Method.Of("isdisjoint", "other", (_, s, a) => Value.Of(!Of(a[0]).Elements.Any(Has(Self(s))))),
        Method.Of("issubset", "other", (_, s, a) => Value.Of(Of(a[0]).ContainsAll(Self(s)))),
        Method.Of("issuperset", "other", (_, s, a) => Value.Of(Self(s).ContainsAll(Of(a[0])))),
        Method.Of("pop", "", Pop),
        Method.Of("remove", "x", Remove),
        Method.Of("symmetric_difference", "other", (_, s, a) => Value.Of(SymmetricDifference(Self(s), Of(a[0])))),
        Method.Of("symmetric_difference_update", "other", (_, s, a) => Replace(s, SymmetricDifference(Self(s), Of(a[0])))),
        Method.Of("union", "*others", Union),
        Method.Of("update", "*others", Update),
    ]);

    /// <summary>Elements of exactly one of the two.</summary>
    public static StarlarkSet SymmetricDifference(StarlarkSet a, StarlarkSet b) => a.Select(b, kept: false).Union(b.Select(a, kept: false));

    private static Func<Value, bool> Has(StarlarkSet set) => item =>
    {
        RunningThread.Step();
        return set.Contains(item);
    };

    private static StarlarkSet Self(Value s) => (StarlarkSet)s.Ref!;

    private static StarlarkSet Of(Value iterable, int index = 0) =>
        iterable.Ref as StarlarkSet ?? new StarlarkSet(Operators.CollectArgument(iterable, $"{index + 1}"));

    private static Value Add(Value s, Value item)
    {
        Self(s).Add(item);
        return Value.None;
    }

    private static Value Clear(StarlarkThread thread, Value s, BoundArguments a)
    {
        Self(s).CheckMutable("clear");
        Self(s).Table.Clear();
        return Value.None;
    }

    private static StarlarkSet Difference(StarlarkSet self, BoundArguments a)
    {
        Room.ForItems(self.Count);
        var others = a.Variadic.ToArray().Select(Of).ToList();
        return new StarlarkSet(self.Elements.Where(e => !others.Exists(o => Has(o)(e))));
    }

    private static StarlarkSet Intersection(StarlarkSet self, BoundArguments a)
    {
        Room.ForItems(self.Count);
        var others = a.Variadic.ToArray().Select(Of).ToList();
        return new StarlarkSet(self.Elements.Where(e => others.TrueForAll(o => Has(o)(e))));
    }

    private static Value Replace(Value s, StarlarkSet content)
    {
        Self(s).Become(content);
        return Value.None;
    }

    private static Value Discard(StarlarkThread thread, Value s, BoundArguments a)
    {
        Self(s).CheckMutable("delete from");
        Self(s).Table.Remove(a[0], out _);
        return Value.None;
    }

    private static Value Pop(StarlarkThread thread, Value s, BoundArguments a)
    {
        var self = Self(s);
        self.CheckMutable("delete from");
        if (self.Count == 0)
        {
            throw new EvalException("empty set");
        }

        var (first, _) = self.Table.First();
        self.Table.Remove(first, out _);
        return first;
    }

    private static Value Remove(StarlarkThread thread, Value s, BoundArguments a)
    {
        Self(s).CheckMutable("delete from");
        return Self(s).Table.Remove(a[0], out _) ? Value.None : throw new EvalException($"missing key {a[0].Repr()}");
    }

    private static Value Union(StarlarkThread thread, Value s, BoundArguments a)
    {
        Room.ForItems(Self(s).Count);
        var result = new StarlarkSet(Self(s).Elements);
        for (var i = 0; i < a.Variadic.Length; i++)
        {
            foreach (var item in Operators.CollectArgument(a.Variadic[i], $"{i + 1}"))
            {
                RunningThread.Step();
                result.Add(item);
            }
        }

        return Value.Of(result);
    }

    private static Value Update(StarlarkThread thread, Value s, BoundArguments a)
    {
        var self = Self(s);
        self.CheckMutable("update");
        for (var i = 0; i < a.Variadic.Length; i++)
        {
            foreach (var item in Operators.CollectArgument(a.Variadic[i], $"{i + 1}"))
            {
                RunningThread.Step();
                self.Table.Include(item);
            }
        }

        return Value.None;
    }
}
