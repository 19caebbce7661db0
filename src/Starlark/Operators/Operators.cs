using Starlark.Execution;

namespace Starlark;

/// <summary>The operators of the language on values.</summary>
public static class Operators
{
    private const long MaximumElements = 1L << 30;
    private const int LargestAtOnce = 1 << 20;
    private const int SmallJoin = 1024;

    /// <summary><c>a + b</c>.</summary>
    public static Value Add(Value a, Value b)
    {
        if (Numbers.IsNumber(a) && Numbers.IsNumber(b))
        {
            return Numbers.Add(a, b);
        }

        switch (a.Ref, b.Ref)
        {
            case (StarlarkString x, StarlarkString y):
                return Value.Of(StarlarkString.Concat(x, y));
            case (StarlarkList x, StarlarkList y):
                return Value.Of(new StarlarkList(Join(x.Items, y.Items), x.Count + y.Count));
            case (StarlarkTuple x, StarlarkTuple y):
                return Value.Of(new StarlarkTuple(Join(x.Items, y.Items)));
            case (StarlarkBytes x, StarlarkBytes y):
                return Value.Of(StarlarkBytes.Concat(x, y));
            default:
                return Other("+", a, b);
        }
    }

    /// <summary><c>a - b</c>.</summary>
    public static Value Subtract(Value a, Value b)
    {
        if (Numbers.IsNumber(a) && Numbers.IsNumber(b))
        {
            return Numbers.Subtract(a, b);
        }

        return a.Ref is StarlarkSet x && b.Ref is StarlarkSet y ? Value.Of(x.Select(y, kept: false)) : Other("-", a, b);
    }

    /// <summary><c>a * b</c>.</summary>
    public static Value Multiply(Value a, Value b)
    {
        if (Numbers.IsNumber(a) && Numbers.IsNumber(b))
        {
            return Numbers.Multiply(a, b);
        }

        return IsInteger(b) && IsRepeatable(a) ? Repeat(a, b)
            : IsInteger(a) && IsRepeatable(b) ? Repeat(b, a)
            : Other("*", a, b);
    }

    /// <summary><c>a / b</c>, always a float.</summary>
    public static Value Divide(Value a, Value b) =>
        Numbers.IsNumber(a) && Numbers.IsNumber(b) ? Numbers.Divide(a, b) : Other("/", a, b);

    /// <summary><c>a // b</c>, toward negative infinity.</summary>
    public static Value FloorDivide(Value a, Value b) =>
        Numbers.IsNumber(a) && Numbers.IsNumber(b) ? Numbers.FloorDivide(a, b) : Other("//", a, b);

    /// <summary><c>a % b</c>: modulo, or string formatting.</summary>
    public static Value Modulo(Value a, Value b)
    {
        if (Numbers.IsNumber(a) && Numbers.IsNumber(b))
        {
            return Numbers.Modulo(a, b);
        }

        return a.Ref is StarlarkString format ? Value.Of(StringFormatting.Percent(format, b)) : Other("%", a, b);
    }

    /// <summary><c>a ** b</c>.</summary>
    public static Value Power(Value a, Value b) =>
        Numbers.IsNumber(a) && Numbers.IsNumber(b) ? Numbers.Power(a, b) : Other("**", a, b);

    /// <summary><c>a &amp; b</c>.</summary>
    public static Value And(Value a, Value b)
    {
        if (IsInteger(a) && IsInteger(b))
        {
            return Numbers.And(a, b);
        }

        return a.Ref is StarlarkSet x && b.Ref is StarlarkSet y ? Value.Of(x.Select(y, kept: true)) : Other("&", a, b);
    }

    /// <summary><c>a | b</c>.</summary>
    public static Value Or(Value a, Value b)
    {
        if (IsInteger(a) && IsInteger(b))
        {
            return Numbers.Or(a, b);
        }

        return (a.Ref, b.Ref) switch
        {
            (StarlarkSet x, StarlarkSet y) => Value.Of(x.Union(y)),
            (StarlarkDict x, StarlarkDict y) => Value.Of(StarlarkDict.Union(x, y)),
            _ => Other("|", a, b),
        };
    }

    /// <summary><c>a ^ b</c>.</summary>
    public static Value Xor(Value a, Value b)
    {
        if (IsInteger(a) && IsInteger(b))
        {
            return Numbers.Xor(a, b);
        }

        return a.Ref is StarlarkSet x && b.Ref is StarlarkSet y ? Value.Of(SetMethods.SymmetricDifference(x, y)) : Other("^", a, b);
    }

    /// <summary><c>a &lt;&lt; b</c>.</summary>
    public static Value ShiftLeft(Value a, Value b) => IsInteger(a) && IsInteger(b) ? Numbers.ShiftLeft(a, b) : Other("<<", a, b);

    /// <summary><c>a &gt;&gt; b</c>.</summary>
    public static Value ShiftRight(Value a, Value b) => IsInteger(a) && IsInteger(b) ? Numbers.ShiftRight(a, b) : Other(">>", a, b);

    /// <summary><c>a in b</c>.</summary>
    public static bool In(Value a, Value b)
    {
        if (b.Ref is IContainer container)
        {
            return container.Contains(a);
        }

        return b.Ref is IMapping mapping ? mapping.TryGet(a, out _) : throw Unsupported("in", a, b);
    }

    /// <summary>One of <c>&lt; &lt;= &gt; &gt;=</c>.</summary>
    public static bool Compare(string operation, Value a, Value b) => Ordering.Holds(operation, a, b);

    /// <summary><c>-x</c>.</summary>
    public static Value Negate(Value x) => x.IsFloat ? Value.Of(-x.AsDouble)
        : IsInteger(x) ? Numbers.Subtract(Value.Of(0L), x)
        : throw new EvalException($"unknown unary op: -{x.TypeName}");

    /// <summary><c>+x</c>.</summary>
    public static Value Plus(Value x) => Numbers.IsNumber(x) ? x : throw new EvalException($"unknown unary op: +{x.TypeName}");

    /// <summary><c>~x</c>.</summary>
    public static Value Invert(Value x) => IsInteger(x)
        ? Numbers.Subtract(Value.Of(-1L), x)
        : throw new EvalException($"unknown unary op: ~{x.TypeName}");

    /// <summary><c>x[key]</c>.</summary>
    public static Value Index(Value x, Value key)
    {
        switch (x.Ref)
        {
            case StarlarkList list when key.IsInt && (ulong)key.Bits < (ulong)list.Count:
                return list.ElementAt((int)key.Bits);
            case IMapping mapping:
                return mapping.TryGet(key, out var found) ? found : throw new EvalException($"key {key.Repr()} not in {x.TypeName}");
            case StarlarkRange range:
                return Value.Of(unchecked(range.Start + (Indexing.Position(key, range.Length, "range") * range.Step)));
            case IIndexed sequence:
                return sequence.ElementAt((int)Indexing.Position(key, sequence.Count, x.TypeName));
            default:
                throw new EvalException($"unhandled index operation {x.TypeName}[{key.TypeName}]");
        }
    }

    /// <summary><c>x[start:stop:step]</c>; parts that are not written are unset.</summary>
    public static Value Slice(Value x, Value start, Value stop, Value step)
    {
        if (x.Ref is not IIndexed sequence)
        {
            throw new EvalException($"invalid slice operand {x.TypeName}");
        }

        var (first, stride, count) = Indexing.Slice(start, stop, step, sequence.Count);
        return sequence.Slice(first, stride, count);
    }

    /// <summary><c>x[key] = value</c>.</summary>
    public static void SetIndex(Value x, Value key, Value value)
    {
        if (x.Ref is ISettable settable)
        {
            settable.SetItem(key, value);
            return;
        }

        throw new EvalException($"{x.TypeName} value does not support item assignment");
    }

    /// <summary><c>x.name</c>.</summary>
    public static Value GetAttribute(Value x, string name)
    {
        if (TryGetAttribute(x, name, out var value))
        {
            return value;
        }

        throw x.Object?.NoAttribute(name) ?? new EvalException($"{x.TypeName} has no .{name} {StarlarkObject.FieldOrMethod}");
    }

    /// <summary><c>x.name</c> when there is such an attribute.</summary>
    public static bool TryGetAttribute(Value x, string name, out Value value)
    {
        value = default;
        if (x.Object is not { } o)
        {
            return false;
        }

        if (o.TryGetAttribute(name, out value))
        {
            return true;
        }

        if (!o.Methods.TryGet(name, out var method))
        {
            return false;
        }

        value = Value.Of(new BoundMethod(method, x));
        return true;
    }

    /// <summary><c>x.name = value</c>.</summary>
    public static void SetAttribute(Value x, string name, Value value)
    {
        if (x.Ref is IFieldSettable settable)
        {
            settable.SetField(name, value);
            return;
        }

        throw new EvalException($"can't assign to .{name} field of {x.TypeName}");
    }

    /// <summary>Starts an iteration; dispose the iterator.</summary>
    public static ValueIterator Iterate(Value x) => x.Ref switch
    {
        IIterable iterable => iterable.Iterate(),
        _ => throw new EvalException($"{x.TypeName} value is not iterable{Advice(x)}"),
    };

    /// <summary>Starts an iteration over an iterable that was given for a parameter; dispose the iterator.</summary>
    internal static ValueIterator IterateArgument(Value x, string parameter) => x.Ref is IIterable iterable ? iterable.Iterate() : throw NotIterable(x, parameter);

    /// <summary>All elements of an iterable that was given for a parameter.</summary>
    internal static Value[] CollectArgument(Value x, string parameter) => x.Ref is IIterable
        ? Collect(x)
        : throw NotIterable(x, parameter);

    private static EvalException NotIterable(Value x, string parameter) =>
        new($"for parameter {parameter}: got {x.TypeName}, want iterable{Advice(x)}");

    private static string Advice(Value x) => x.Ref is StarlarkString ? " (use .elems() for bytes or .codepoints() for characters)" : "";

    /// <summary>All elements of an iterable.</summary>
    public static Value[] Collect(Value x)
    {
        switch (x.Ref)
        {
            case StarlarkList list:
                return list.Items.Copy();
            case StarlarkTuple tuple:
                return tuple.Items.Copy();
            case StarlarkRange { Length: <= LargestAtOnce } range:
                return Collect(range);
        }

        var items = new List<Value>();
        using var iterator = Iterate(x);
        while (iterator.MoveNext(out var item))
        {
            RunningThread.Step();
            if (items.Count == items.Capacity)
            {
                Room.ForItems(items.Count * 2L);
            }

            items.Add(item);
        }

        return [.. items];
    }

    /// <summary>The elements of a range of moderate length: a longer one meets the limits of the thread before it has room.</summary>
    private static Value[] Collect(StarlarkRange range)
    {
        var thread = RunningThread.Current;
        var items = new Value[range.Length];
        for (var i = 0; i < items.Length; i++)
        {
            thread?.Step();
            items[i] = range.ElementAt(i);
        }

        return items;
    }

    /// <summary><c>list += iterable</c> extends in place; everything else is <c>a + b</c>.</summary>
    public static Value AddInPlace(Value a, Value b)
    {
        if (a.Ref is not StarlarkList list || b.Ref is not IIterable)
        {
            return Add(a, b);
        }

        list.AddRange(b.Ref is StarlarkList other ? other.Items : Collect(b), "apply += to");
        return a;
    }

    /// <summary><c>a |= b</c>: a dict or set takes the elements of the other in place; everything else is <c>a | b</c>.</summary>
    public static Value OrInPlace(Value a, Value b)
    {
        switch (a.Ref, b.Ref)
        {
            case (StarlarkDict x, StarlarkDict y):
                x.CheckMutable("insert into");
                x.CopyFrom(y);
                return a;
            case (StarlarkSet x, StarlarkSet y):
                x.CheckMutable("insert into");
                foreach (var item in Collect(Value.Of(y)))
                {
                    x.Add(item);
                }

                return a;
            default:
                return Or(a, b);
        }
    }

    /// <summary><c>a -= b</c>, <c>a &amp;= b</c>, <c>a ^= b</c>: a set becomes the result in place; everything else is bound to it.</summary>
    public static Value IntoSet(Value a, Value result)
    {
        if (a.Ref is not StarlarkSet set || result.Ref is not StarlarkSet content)
        {
            return result;
        }

        set.Become(content);
        return a;
    }

    internal static bool IsInteger(Value value) => value.IsInt || value.Ref is StarlarkBigInt;

    private static bool IsRepeatable(Value value) => value.Ref is StarlarkString or StarlarkList or StarlarkTuple or StarlarkBytes;

    private static Value Repeat(Value sequence, Value times)
    {
        var given = Numbers.Integer(times);
        var source = (IIndexed)sequence.Ref!;
        if (given.Sign <= 0 || source.Count == 0)
        {
            return source.Slice(0, 1, 0);
        }

        if (given > int.MaxValue)
        {
            throw new EvalException($"repeat count {given} too large");
        }

        if (given * source.Count > MaximumElements)
        {
            throw new EvalException($"excessive repeat ({source.Count} * {given} elements)");
        }

        var count = (int)given;
        switch (sequence.Ref)
        {
            case StarlarkString text:
                return Value.Of(StarlarkString.Adopt(RepeatBytes(text.Bytes, count)));
            case StarlarkBytes bytes:
                return Value.Of(new StarlarkBytes(RepeatBytes(bytes.Bytes, count)));
            case StarlarkList list:
                return Value.Of(new StarlarkList(RepeatItems(list.Items, count), list.Count * count));
            default:
                return Value.Of(new StarlarkTuple(RepeatItems(((StarlarkTuple)sequence.Ref!).Items, count)));
        }
    }

    private static byte[] RepeatBytes(ReadOnlySpan<byte> bytes, int count)
    {
        Room.ForBytes((long)bytes.Length * count);
        var result = GC.AllocateUninitializedArray<byte>(bytes.Length * count);
        bytes.CopyTo(result);
        Room.Repeat<byte>(result, bytes.Length);
        return result;
    }

    private static Value[] RepeatItems(ReadOnlySpan<Value> items, int count)
    {
        if ((long)items.Length * count > Room.MaximumItems)
        {
            throw new EvalException($"excessive repeat ({items.Length} * {count} elements)");
        }

        Room.ForItems((long)items.Length * count);
        var result = new Value[items.Length * count];
        items.CopyTo(result);
        Room.Repeat<Value>(result, items.Length);
        return result;
    }

    private static Value[] Join(ReadOnlySpan<Value> a, ReadOnlySpan<Value> b)
    {
        Room.ForItems((long)a.Length + b.Length);
        var items = new Value[a.Length + b.Length];
        if (items.Length > SmallJoin)
        {
            Room.Copy(a, items);
            Room.Copy(b, items.AsSpan(a.Length));
            return items;
        }

        a.CopyInto(items);
        b.CopyInto(items.AsSpan(a.Length));
        return items;
    }

    private static Value Other(string operation, Value a, Value b)
    {
        if (a.Ref is IBinaryOperand x && x.TryBinary(operation, a, b, out var result))
        {
            return result;
        }

        return b.Ref is IBinaryOperand y && y.TryBinary(operation, a, b, out result) ? result : throw Unsupported(operation, a, b);
    }

    private static EvalException Unsupported(string operation, Value a, Value b) =>
        new($"unknown binary op: {a.TypeName} {operation} {b.TypeName}");
}
