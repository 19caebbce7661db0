using System.Numerics;
using System.Text;
using Starlark.Execution;

namespace Starlark;

/// <summary>The names every script sees.</summary>
public static class Universe
{
    internal static readonly KeyValuePair<string, Value>[] Entries =
    [
        new("None", Value.None),
        new("True", Value.True),
        new("False", Value.False),
        Function("abs", "x", (_, a) => Abs(a), shortBody: (_, x, _) => x.IsInt && x.Bits > long.MinValue ? Value.Of(Math.Abs(x.Bits)) : default),
        Function("all", "iterable", (_, a) => Value.Of(!AnyElement(a[0], truth: false))),
        Function("any", "iterable", (_, a) => Value.Of(AnyElement(a[0], truth: true))),
        Function("bool", "x?", (_, a) => Value.Of(a.Has(0) && a[0].Truth)),
        Function("bytes", "x", (_, a) => Bytes(a)),
        Function("chr", "x", (_, a) => Chr(a), shortBody: (_, x, _) => x.IsInt && x.Bits is >= 0 and < 128 ? Value.Of(StarlarkString.OfByte((byte)x.Bits)) : default),
        Function("dict", "pairs? **kwargs", (_, a) => Dict(a)),
        Function("dir", "x", (_, a) => Dir(a)),
        Function("enumerate", "iterable start=", (_, a) => Enumerate(a), EnumerateColumns),
        Function("fail", "*args sep=", (_, a) => throw new EvalException("fail: " + Joined(a))),
        Function("float", "x?", (_, a) => NumberConversion.Float(a)),
        Function("getattr", "x name default?", (_, a) => GetAttr(a)),
        Function("hasattr", "x name", (thread, a) => Value.Of(Operators.TryGetAttribute(a[0], a.Text(1), out Value _))),
        Function("hash", "x", (_, a) => Hash(a)),
        Function("int", "x? base=", (_, a) => NumberConversion.Int(a), shortBody: (_, x, radix) => radix.IsUnset ? NumberConversion.ShortInt(x) : default),
        Function("len", "x", (_, a) => Len(a[0]), shortBody: (_, x, _) => Len(x)),
        Function("list", "iterable?", (_, a) => Value.Of(a.Has(0) ? NewList(Operators.CollectArgument(a[0], "iterable")) : new StarlarkList())),
        Function("max", "*args key=", (t, a) => Extreme(t, a, "max", sign: 1), shortBody: (_, x, y) => x.IsInt && y.IsInt ? (y.Bits > x.Bits ? y : x) : default),
        Function("min", "*args key=", (t, a) => Extreme(t, a, "min", sign: -1), shortBody: (_, x, y) => x.IsInt && y.IsInt ? (y.Bits < x.Bits ? y : x) : default),
        Function("ord", "x", (_, a) => Ord(a), shortBody: (_, x, _) => x.Ref is StarlarkString { Length: 1 } text && text.Bytes[0] < 128 ? Value.Of((long)text.Bytes[0]) : default),
        Function("print", "*args sep=", Print),
        Function("range", "start_or_stop stop? step?", (_, a) => Range(a), shortBody: ShortRange),
        Function("repr", "x", (_, a) => Value.Of(a[0].Repr())),
        Function("reversed", "iterable", (_, a) => Reversed(a)),
        Function("set", "iterable?", (_, a) => Value.Of(a.Has(0) ? new StarlarkSet(Operators.CollectArgument(a[0], "iterable")) : new StarlarkSet())),
        Function("sorted", "iterable key= reverse=", Sorted),
        Function("str", "x", (_, a) => AsString(a[0]), shortBody: (_, x, _) => AsString(x)),
        Function("tuple", "iterable?", (_, a) => Tuple(a)),
        Function("type", "x", (_, a) => Value.Of(TypeNames.Of(a[0])), shortBody: (_, x, _) => Value.Of(TypeNames.Of(x))),
        Function("zip", "*iterables", (_, a) => Zip(a), ZipColumns),
    ];

    /// <summary>Names and values in documentation order.</summary>
    public static IReadOnlyList<KeyValuePair<string, Value>> Names => Entries;

    private static KeyValuePair<string, Value> Function(string name, string parameters, BuiltinBody body, ColumnsBody? columns = null, ShortBody? shortBody = null) =>
        new(name, Value.Of(new StarlarkBuiltin(new Signature(name, Parameters(parameters)), body) { Columns = columns, Short = shortBody }));

    private static Parameter[] Parameters(string names)
    {
        var parameters = Method.Parameters(names);
        var rest = Array.FindIndex(parameters, p => p.Kind == ParameterKind.Variadic);
        return rest < 0 ? parameters : Array.ConvertAll(parameters, p => p.Kind == ParameterKind.Plain ? p with { Kind = ParameterKind.Keyword } : p);
    }

    private static StarlarkList NewList(Value[] items) => new(items, items.Length);

    private static Value Abs(BoundArguments a) =>
        a[0].IsInt && a[0].Bits > long.MinValue ? Value.Of(Math.Abs(a[0].Bits))
        : a[0].IsFloat ? Value.Of(Math.Abs(a[0].AsDouble))
        : Operators.IsInteger(a[0]) ? Value.Of(BigInteger.Abs(Numbers.Integer(a[0])))
        : throw new EvalException($"got {a[0].TypeName}, want int or float");

    private static bool AnyElement(Value iterable, bool truth)
    {
        using var items = Operators.IterateArgument(iterable, "iterable");
        while (items.MoveNext(out var item))
        {
            RunningThread.Step();
            if (item.Truth == truth)
            {
                return true;
            }
        }

        return false;
    }

    private static Value Bytes(BoundArguments a)
    {
        switch (a[0].Ref)
        {
            case StarlarkBytes:
                return a[0];
            case StarlarkString text:
                Room.ForBytes(text.Length);
                return Value.Of(new StarlarkBytes(System.Text.Unicode.Utf8.IsValid(text.Bytes) ? text.Bytes.ToArray() : Encoding.UTF8.GetBytes(text.Text)));
            case IIterable:
                return Value.Of(new StarlarkBytes([.. Operators.CollectArgument(a[0], "iterable").Select(ByteOf)]));
            default:
                throw new EvalException($"got {a[0].TypeName}, want string, bytes, or iterable of ints");
        }
    }

    private static byte ByteOf(Value value, int index)
    {
        RunningThread.Step();
        return !value.TryGetInt64(out var number) ? throw new EvalException($"at index {index}, got {value.TypeName}, want int")
            : number is >= 0 and <= 255 ? (byte)number
            : throw new EvalException($"at index {index}, {number} out of range (want value in unsigned 8-bit range)");
    }

    private static Value Chr(BoundArguments a)
    {
        var code = a.Int64(0);
        return code < 0 ? throw new EvalException($"Unicode code point {code} out of range (<0)")
            : code > 0x10FFFF ? throw new EvalException($"Unicode code point U+{code:X} out of range (>0x10FFFF)")
            : Rune.IsValid((int)code) ? Value.Of(new Rune((int)code).ToString())
            : Value.Of("\uFFFD");
    }

    private static Value Ord(BoundArguments a)
    {
        if (a[0].Ref is StarlarkBytes bytes)
        {
            return bytes.Count == 1 ? Value.Of((long)bytes.Bytes[0]) : throw new EvalException($"bytes has length {bytes.Count}, want 1");
        }

        var runes = a.Text(0).EnumerateRunes().Take(2).ToList();
        return runes.Count == 1
            ? Value.Of(runes[0].Value)
            : throw new EvalException($"string encodes {a.Text(0).EnumerateRunes().Count()} Unicode code points, want 1");
    }

    private static Value Dict(BoundArguments a)
    {
        var dict = new StarlarkDict();
        DictMethods.AddAll(dict, a[0], a.Keywords);
        return Value.Of(dict);
    }

    private static Value Dir(BoundArguments a)
    {
        IEnumerable<string> names = a[0].Object is { } o ? o.AttributeNames.Concat(o.Methods.Names) : [];
        return Value.Of(new StarlarkList(names.Distinct().Order(StringComparer.Ordinal).Select(Value.Of)));
    }

    private static Value Enumerate(BoundArguments a)
    {
        var start = Value.Of(a.Int64(1));
        var items = Operators.CollectArgument(a[0], "iterable");
        for (var i = 0; i < items.Length; i++)
        {
            RunningThread.Step();
            items[i] = Value.Of(new StarlarkTuple([Numbers.Add(start, Value.Of(i)), items[i]]));
        }

        return Value.Of(NewList(items));
    }

    private static Columns EnumerateColumns(Value self, BoundArguments a)
    {
        var start = Value.Of(a.Int64(1));
        var items = Operators.CollectArgument(a[0], "iterable");
        Room.ForItems(items.Length);
        var numbers = new Value[items.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            RunningThread.Step();
            numbers[i] = Numbers.Add(start, Value.Of(i));
        }

        return new Columns([numbers, items], items.Length);
    }

    private static Value GetAttr(BoundArguments a)
    {
        var name = a.Text(1);
        return Operators.TryGetAttribute(a[0], name, out var value) ? value
            : a.Has(2) ? a[2]
            : Operators.GetAttribute(a[0], name);
    }

    private static Value Hash(BoundArguments a) => a[0].Ref switch
    {
        StarlarkString text => Value.Of(HashFunctions.Polynomial31(text.Text)),
        StarlarkBytes bytes => Value.Of((long)unchecked((uint)HashFunctions.Fnv32(bytes.Bytes))),
        _ => throw new EvalException($"got {a[0].TypeName}, want string or bytes"),
    };

    private static Value Len(Value x) => x.Ref switch
    {
        StarlarkList list => Value.Of((long)list.Count),
        StarlarkString text => Value.Of((long)text.Length),
        StarlarkDict dict => Value.Of((long)dict.Count),
        StarlarkRange range => Value.Of(range.Length),
        ISized sized => Value.Of((long)sized.Count),
        _ => throw new EvalException($"value of type {x.TypeName} has no len"),
    };

    private static Value Extreme(StarlarkThread thread, BoundArguments a, string name, int sign)
    {
        ReadOnlySpan<Value> items = a.Variadic.Length != 1 ? a.Variadic
            : a.Variadic[0].Ref is StarlarkList list && !a.Has(1) ? list.Items
            : Operators.Collect(a.Variadic[0]);
        if (items.Length == 0)
        {
            throw new EvalException(a.Variadic.Length == 0 ? $"{name} requires at least one positional argument" : "argument is an empty sequence");
        }

        var key = Optional(a, 1);
        var best = items[0];
        var bestKey = KeyOf(thread, key, best);
        foreach (var item in items[1..])
        {
            thread.Step();
            var itemKey = KeyOf(thread, key, item);
            if (itemKey.IsInt && bestKey.IsInt)
            {
                if (sign > 0 ? itemKey.Bits > bestKey.Bits : itemKey.Bits < bestKey.Bits)
                {
                    (best, bestKey) = (item, itemKey);
                }
            }
            else if (Ordering.Compare(itemKey, bestKey, sign > 0 ? ">" : "<", 0) * sign > 0)
            {
                (best, bestKey) = (item, itemKey);
            }
        }

        return best;
    }

    private static Value Optional(BoundArguments a, int parameter) => a.Has(parameter) && !a[parameter].IsNone ? a[parameter] : default;

    private static Value KeyOf(StarlarkThread thread, Value key, Value item) => key.IsUnset ? item : thread.Call(key, item);

    private static string Joined(BoundArguments a)
    {
        var separator = a.Has(1) ? a.Text(1) : " ";
        return string.Join(separator, Array.ConvertAll(a.Variadic.ToArray(), Str));
    }

    private static Value AsString(Value x) => x.Ref is StarlarkString ? x : x.IsInt ? Value.Of(StarlarkString.Of(x.Bits)) : Value.Of(Str(x));

    private static string Str(Value value) => value.Ref is StarlarkBytes bytes ? Utf8Text.Decode(bytes.Bytes) : value.ToString();

    private static Value Print(StarlarkThread thread, BoundArguments a)
    {
        (thread.Print ?? Console.Error.WriteLine)(Joined(a));
        return Value.None;
    }

    private static Value Range(BoundArguments a)
    {
        var (start, stop) = a.Has(1) ? (a.Int64(0), a.Int64(1)) : (0, a.Int64(0));
        var step = a.Int64(2, 1);
        return step == 0 ? throw new EvalException("step argument must not be zero") : Value.Of(new StarlarkRange(start, stop, step));
    }

    private static Value ShortRange(Value self, Value first, Value second) =>
        !first.IsInt ? default
        : second.IsUnset ? Value.Of(new StarlarkRange(0, first.Bits, 1))
        : second.IsInt ? Value.Of(new StarlarkRange(first.Bits, second.Bits, 1))
        : default;

    private static Value Reversed(BoundArguments a)
    {
        var items = Operators.CollectArgument(a[0], "iterable");
        Array.Reverse(items);
        return Value.Of(NewList(items));
    }

    private static Value Sorted(StarlarkThread thread, BoundArguments a)
    {
        var items = Operators.CollectArgument(a[0], "iterable");
        var key = Optional(a, 1);
        var sign = a.Has(2) && a[2].Truth ? -1 : 1;
        var keys = key.IsUnset ? items : new Value[items.Length];
        if (!key.IsUnset)
        {
            thread.CallForEach(key, items, keys);
        }

        return Value.Of(NewList(StableSort.Sort(items, keys, sign)));
    }

    private static Value Tuple(BoundArguments a) =>
        !a.Has(0) ? Value.Of(StarlarkTuple.Empty)
        : a[0].Ref is StarlarkTuple ? a[0]
        : Value.Of(new StarlarkTuple(Operators.CollectArgument(a[0], "iterable")));

    private static Columns ZipColumns(Value self, BoundArguments a)
    {
        var columns = new Value[a.Variadic.Length][];
        var rows = columns.Length == 0 ? 0 : int.MaxValue;
        for (var c = 0; c < columns.Length; c++)
        {
            var column = a.Variadic[c];
            columns[c] = column.Ref is IIterable ? Operators.Collect(column) : throw new EvalException($"argument #{c + 1} is not iterable: {column.TypeName}");
            rows = Math.Min(rows, columns[c].Length);
        }

        return new Columns(columns, rows);
    }

    private static Value Zip(BoundArguments a)
    {
        var (columns, rows) = ZipColumns(default, a);
        Room.ForItems(rows);
        var result = new Value[rows];
        for (var i = 0; i < rows; i++)
        {
            RunningThread.Step();
            var row = new Value[columns.Length];
            for (var c = 0; c < row.Length; c++)
            {
                row[c] = columns[c][i];
            }

            result[i] = Value.Of(new StarlarkTuple(row));
        }

        return Value.Of(NewList(result));
    }
}
