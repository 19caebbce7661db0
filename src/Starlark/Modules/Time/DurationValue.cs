namespace Starlark;

/// <summary>A span of time, in nanoseconds.</summary>
public sealed class DurationValue(long nanoseconds) : StarlarkObject, IBinaryOperand, IOrdered
{
    /// <summary>Its length in nanoseconds.</summary>
    public long Nanoseconds => nanoseconds;

    /// <inheritdoc/>
    public override string TypeName => "time.duration";

    /// <inheritdoc/>
    public override bool Truth => nanoseconds != 0;

    /// <inheritdoc/>
    public override IEnumerable<string> AttributeNames => ["hours", "microseconds", "milliseconds", "minutes", "nanoseconds", "seconds"];

    /// <inheritdoc/>
    public override bool TryGetAttribute(string name, out Value value)
    {
        value = name switch
        {
            "hours" => Value.Of(nanoseconds / 3.6e12),
            "minutes" => Value.Of(nanoseconds / 6e10),
            "seconds" => Value.Of(nanoseconds / 1e9),
            "milliseconds" => Value.Of(nanoseconds / 1_000_000),
            "microseconds" => Value.Of(nanoseconds / 1_000),
            "nanoseconds" => Value.Of(nanoseconds),
            _ => default,
        };
        return !value.IsUnset;
    }

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.Write(DurationText.Format(nanoseconds));

    /// <inheritdoc/>
    public override bool TryHash(out int h)
    {
        h = nanoseconds.GetHashCode();
        return true;
    }

    /// <inheritdoc/>
    public override bool EqualTo(StarlarkObject other, int depth) => other is DurationValue d && d.Nanoseconds == nanoseconds;

    /// <inheritdoc/>
    public int CompareTo(StarlarkObject other) => nanoseconds.CompareTo(((DurationValue)other).Nanoseconds);

    /// <inheritdoc/>
    public bool TryBinary(string operation, Value left, Value right, out Value result)
    {
        result = (operation, left.Ref, right.Ref) switch
        {
            ("+", DurationValue a, DurationValue b) => Of((Int128)a.Nanoseconds + b.Nanoseconds),
            ("+", DurationValue a, TimeValue t) => Value.Of(t.Plus(a.Nanoseconds)),
            ("-", DurationValue a, DurationValue b) => Of((Int128)a.Nanoseconds - b.Nanoseconds),
            ("/", DurationValue a, DurationValue b) => Value.Of((double)a.Nanoseconds / NotZero(b)),
            ("//", DurationValue a, DurationValue b) => Numbers.FloorDivide(Value.Of(a.Nanoseconds), Value.Of(NotZero(b))),
            ("*", DurationValue a, _) when Operators.IsInteger(right) => Of(a.Nanoseconds * (Int128)Factor(right)),
            ("*", _, DurationValue b) when Operators.IsInteger(left) => Of(b.Nanoseconds * (Int128)Factor(left)),
            ("/", DurationValue a, _) when Operators.IsInteger(right) => Of((Int128)a.Nanoseconds / NotZero(Factor(right))),
            ("//", DurationValue a, _) when Operators.IsInteger(right) => Numbers.FloorDivide(Value.Of(a.Nanoseconds), Value.Of(NotZero(Factor(right)))),
            ("/", DurationValue a, _) when right.IsFloat => Fraction(a.Nanoseconds, right.AsDouble),
            _ => default,
        };
        return !result.IsUnset;
    }

    private static Value Of(Int128 nanoseconds) =>
        nanoseconds >= long.MinValue && nanoseconds <= long.MaxValue
            ? Value.Of(new DurationValue((long)nanoseconds))
            : throw new EvalException("duration out of range");

    private static long Factor(Value value) => value.TryGetInt64(out var number) ? number : throw new EvalException("duration out of range");

    private static long NotZero(DurationValue divisor) => NotZero(divisor.Nanoseconds);

    private static long NotZero(long divisor) => divisor != 0 ? divisor : throw new EvalException("division by zero");

    private static Value Fraction(long nanoseconds, double divisor)
    {
        var quotient = divisor != 0.0 ? nanoseconds / divisor : throw new EvalException("division by zero");
        return Math.Abs(quotient) < long.MaxValue ? Of((Int128)quotient) : throw new EvalException("duration out of range");
    }
}
