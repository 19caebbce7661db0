using Starlark.Execution;

namespace Starlark;

/// <summary>Order of values.</summary>
internal static class Ordering
{
    /// <summary>Compares; throws when the types have no order between them.</summary>
    /// <param name="a">Left operand.</param>
    /// <param name="b">Right operand.</param>
    /// <param name="operation">The operator of which the result decides: sets have no order that answers all of them.</param>
    /// <param name="depth">How deep in sequences the operands are.</param>
    public static int Compare(Value a, Value b, string operation, int depth)
    {
        if (a.IsInt && b.IsInt)
        {
            return a.Bits.CompareTo(b.Bits);
        }

        if (a.Ref is StarlarkString left && b.Ref is StarlarkString right)
        {
            return left.Bytes.SequenceCompareTo(right.Bytes);
        }

        if (a.Ref is StarlarkTuple s && b.Ref is StarlarkTuple t)
        {
            return CompareSequences(s.Items, t.Items, operation, depth);
        }

        if (Numbers.IsNumber(a) && Numbers.IsNumber(b))
        {
            return Numbers.Compare(a, b);
        }

        if (a.IsBool && b.IsBool)
        {
            return a.Bits.CompareTo(b.Bits);
        }

        switch (a.Ref, b.Ref)
        {
            case (StarlarkBytes x, StarlarkBytes y):
                return x.Bytes.SequenceCompareTo(y.Bytes);
            case (StarlarkList x, StarlarkList y):
                return CompareSequences(x.Items, y.Items, operation, depth);
            case (StarlarkSet x, StarlarkSet y):
                return CompareSets(x, y, operation);
            case (IOrdered x, StarlarkObject y) when a.Ref.GetType() == y.GetType():
                return x.CompareTo(y);
            default:
                throw new EvalException($"{a.TypeName} {operation} {b.TypeName} not implemented");
        }
    }

    /// <summary>Evaluates one of the four order operators.</summary>
    public static bool Holds(string operation, Value a, Value b)
    {
        if (a.Ref is StarlarkString && b.Ref is StarlarkString)
        {
            return Holds(operation, Compare(a, b, operation, 0));
        }

        var order = Compare(a, b, operation, 0);
        if (order != 0 && (IsNaN(a) || IsNaN(b)))
        {
            return false;
        }

        return Holds(operation, order);
    }

    private static bool Holds(string operation, int order) => operation switch
    {
        "<" => order < 0,
        "<=" => order <= 0,
        ">" => order > 0,
        _ => order >= 0,
    };

    private static bool IsNaN(Value value) => value.IsFloat && double.IsNaN(value.AsDouble);

    /// <summary>Sets neither of which holds the other are ordered so that the operation does not hold.</summary>
    private static int CompareSets(StarlarkSet a, StarlarkSet b, string operation) => (b.ContainsAll(a), a.ContainsAll(b)) switch
    {
        (true, true) => 0,
        (true, false) => -1,
        (false, true) => 1,
        _ => operation[0] == '<' ? 1 : -1,
    };

    private static int CompareSequences(ReadOnlySpan<Value> a, ReadOnlySpan<Value> b, string operation, int depth)
    {
        if (depth > Equality.MaximumDepth)
        {
            throw new EvalException("comparison exceeded maximum recursion depth");
        }

        RunningThread.StepDown("compare");

        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            var (x, y) = (a[i], b[i]);
            if (x.IsInt && y.IsInt)
            {
                if (x.Bits != y.Bits)
                {
                    return x.Bits.CompareTo(y.Bits);
                }

                continue;
            }

            if (x.Ref is StarlarkString s && y.Ref is StarlarkString t)
            {
                if (s.Bytes.SequenceCompareTo(t.Bytes) is not 0 and var order)
                {
                    return order;
                }

                continue;
            }

            if (!Equality.AreEqual(x, y, depth + 1))
            {
                return Compare(x, y, operation, depth + 1);
            }
        }

        return a.Length.CompareTo(b.Length);
    }
}
