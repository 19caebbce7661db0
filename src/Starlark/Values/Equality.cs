using Starlark.Execution;

namespace Starlark;

/// <summary>Equality and hashing of values.</summary>
public static class Equality
{
    /// <summary>Deepest nesting that is compared.</summary>
    public const int MaximumDepth = 1000;

    /// <summary>How many values around the one that is being hashed.</summary>
    [ThreadStatic]
    private static int t_depth;

    /// <summary>Starlark equality.</summary>
    /// <exception cref="EvalException">The nesting is deeper than <see cref="MaximumDepth"/>.</exception>
    public static bool AreEqual(Value a, Value b, int depth)
    {
        if (a.Object is { } x && b.Object is { } y)
        {
            if (x is StarlarkString s && y is StarlarkString t)
            {
                return ReferenceEquals(s, t) || s.Length == t.Length && s.Bytes.SequenceEqual(t.Bytes);
            }

            if (depth > MaximumDepth)
            {
                throw new EvalException("comparison exceeded maximum recursion depth");
            }

            RunningThread.StepDown("compare");
            return x.TypeName == y.TypeName && x.EqualTo(y, depth + 1);
        }

        if (ReferenceEquals(a.Ref, b.Ref))
        {
            return a.IsFloat ? a.AsDouble.Equals(b.AsDouble) || a.AsDouble == b.AsDouble : a.Bits == b.Bits;
        }

        if ((a.IsFloat && IsInteger(b)) || (b.IsFloat && IsInteger(a)))
        {
            return Numbers.Compare(a, b) == 0;
        }

        return false;
    }

    /// <summary>Hash of a value; false when it is not hashable.</summary>
    public static bool TryHash(Value value, out int hash)
    {
        if (value.IsInt)
        {
            hash = HashOf(value.Bits);
            return true;
        }

        if (value.IsFloat)
        {
            hash = HashOf(value.AsDouble);
            return true;
        }

        if (value.Object is { } o)
        {
            return o is StarlarkString or StarlarkTuple ? o.TryHash(out hash) : TryHashNested(o, out hash);
        }

        hash = value.IsNone ? 0x4e6f6e65 : (int)value.Bits + 0x1234567;
        return true;
    }

    /// <summary>Hash of a value within another one.</summary>
    internal static bool TryHashElement(Value value, out int hash) =>
        value.Ref is StarlarkTuple tuple ? TryHashNested(tuple, out hash) : TryHash(value, out hash);

    private static bool TryHashNested(StarlarkObject o, out int hash)
    {
        if (t_depth > MaximumDepth)
        {
            throw new EvalException("value is nested too deeply to hash");
        }

        t_depth++;
        try
        {
            RunningThread.StepDown("hash");
            return o.TryHash(out hash);
        }
        finally
        {
            t_depth--;
        }
    }

    internal static int Hash(Value value) =>
        TryHash(value, out var hash) ? hash : throw new EvalException($"unhashable type: {Culprit(value).TypeName}");

    /// <summary>The part of a value that makes it unhashable.</summary>
    private static Value Culprit(Value value)
    {
        while (value.Ref is StarlarkTuple tuple)
        {
            value = tuple.First(item => !TryHash(item, out _));
        }

        return value;
    }

    internal static int HashOf(long number)
    {
        // Neighbours stay neighbours: tables of consecutive integers are then read in order. Numbers that are further apart are spread, whatever
        // factor they have in common.
        const int Neighbours = 12;
        const ulong Spread = 0x9E3779B97F4A7C15;
        return (int)((ulong)number ^ (((ulong)number >> Neighbours) * Spread >> 32));
    }

    private static int HashOf(double number)
    {
        if (double.IsInfinity(number) || double.IsNaN(number))
        {
            return number.GetHashCode();
        }

        // A float that is a whole number hashes as that number: 1.0 and 1 are one key.
        return number == Math.Floor(number) ? Hash(Numbers.Truncate(number)) : number.GetHashCode();
    }

    private static bool IsInteger(Value value) => value.IsInt || value.Ref is StarlarkBigInt;
}
