namespace Starlark.Execution;

/// <summary>A comparison: of two 64-bit integers, and of any values.</summary>
internal interface IComparison
{
    static abstract bool Integers(long a, long b);

    static abstract bool Apply(Value a, Value b);
}

internal readonly struct Equal : IComparison
{
    public static bool Integers(long a, long b) => a == b;

    public static bool Apply(Value a, Value b) => Value.Equals(a, b);
}

internal readonly struct NotEqual : IComparison
{
    public static bool Integers(long a, long b) => a != b;

    public static bool Apply(Value a, Value b) => !Value.Equals(a, b);
}

internal readonly struct Less : IComparison
{
    public static bool Integers(long a, long b) => a < b;

    public static bool Apply(Value a, Value b) =>
        a.IsFloat && b.IsFloat ? a.AsDouble < b.AsDouble : Operators.Compare("<", a, b);
}

internal readonly struct LessOrEqual : IComparison
{
    public static bool Integers(long a, long b) => a <= b;

    // NaN equals itself here, so it is also at most and at least itself.
    public static bool Apply(Value a, Value b) =>
        a.IsFloat && b.IsFloat ? a.AsDouble <= b.AsDouble
            || (double.IsNaN(a.AsDouble) && double.IsNaN(b.AsDouble)) : Operators.Compare("<=", a, b);
}

internal readonly struct Greater : IComparison
{
    public static bool Integers(long a, long b) => a > b;

    public static bool Apply(Value a, Value b) =>
        a.IsFloat && b.IsFloat ? a.AsDouble > b.AsDouble : Operators.Compare(">", a, b);
}

internal readonly struct GreaterOrEqual : IComparison
{
    public static bool Integers(long a, long b) => a >= b;

    public static bool Apply(Value a, Value b) =>
        a.IsFloat && b.IsFloat ? a.AsDouble >= b.AsDouble
            || (double.IsNaN(a.AsDouble) && double.IsNaN(b.AsDouble)) : Operators.Compare(">=", a, b);
}
