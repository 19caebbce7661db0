namespace Starlark;

/// <summary>Positions and slices of sequences.</summary>
internal static class Indexing
{
    /// <summary>Turns an index, possibly negative, into a position from 0.</summary>
    public static long Position(Value index, long length, string type)
    {
        if (!index.TryGetInt64(out var given))
        {
            throw new EvalException(Numbers.IsNumber(index) && !index.IsFloat
                ? $"{type} index out of range"
                : $"{type} index: got {index.TypeName}, want int");
        }

        var position = given < 0 ? given + length : given;
        return position >= 0 && position < length
            ? position
            : throw new EvalException($"{type} index {given} out of range{(length == 0 ? $": empty {type}" : $" [{-length}:{length - 1}]")}");
    }

    /// <summary>Resolves the three parts of a slice, each possibly <c>None</c>, to a start and an element count.</summary>
    public static (int Start, int Step, int Count) Slice(Value start, Value stop, Value step, int length)
    {
        if (!step.IsUnset && !step.IsNone && !Operators.IsInteger(step))
        {
            throw new EvalException($"got {step.TypeName} for slice step, want int");
        }

        var stride = Part(step, "slice step") ?? 1;
        if (stride == 0)
        {
            throw new EvalException("zero is not a valid slice step");
        }

        long first;
        long last;
        if (stride > 0)
        {
            first = Clamp(Part(start, "start index") ?? 0, length, 0, length);
            last = Clamp(Part(stop, "end index") ?? length, length, 0, length);
            return ((int)first, (int)Math.Min(stride, int.MaxValue), last > first ? (int)(((last - first - 1) / stride) + 1) : 0);
        }

        first = Part(start, "start index") is { } s ? Clamp(s, length, -1, length - 1) : length - 1;
        last = Part(stop, "end index") is { } e ? Clamp(e, length, -1, length - 1) : -1;
        return ((int)first, (int)Math.Max(stride, int.MinValue + 1), first > last ? (int)(((first - last - 1) / -stride) + 1) : 0);
    }

    /// <summary>Clamps an optional start or end argument of a string method.</summary>
    public static int Clamp(Value given, int length, int missing) =>
        given.IsUnset || given.IsNone ? missing
        : Part(given, "index") is { } number ? (int)Clamp(number, length, 0, length)
        : missing;

    private static long Clamp(long index, int length, long low, long high)
    {
        if (index < 0)
        {
            index += length;
        }

        return Math.Clamp(index, low, high);
    }

    private static long? Part(Value value, string name)
    {
        if (value.IsUnset || value.IsNone)
        {
            return null;
        }

        if (value.TryGetInt64(out var number))
        {
            return number;
        }

        return value.TryGetInt(out var big)
            ? big.Sign < 0 ? int.MinValue : int.MaxValue
            : throw new EvalException($"invalid {name}: got {value.TypeName}, want int");
    }
}
