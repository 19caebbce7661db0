using System.Runtime.CompilerServices;

namespace Starlark.Execution;

/// <summary>A binary operator: what it does to two 64-bit integers, when the result fits, and what it does to any values.</summary>
internal interface IBinaryOperation
{
    static abstract bool TryIntegers(long a, long b, out long result);

    static abstract Value Apply(Value a, Value b);

    /// <summary>The operator in <c>x op= y</c>; it may change a mutable <c>x</c> in place.</summary>
    static abstract Value ApplyInPlace(Value a, Value b);
}

internal readonly struct Add : IBinaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryIntegers(long a, long b, out long result)
    {
        result = unchecked(a + b);
        return ((a ^ result) & (b ^ result)) >= 0;
    }

    public static Value Apply(Value a, Value b) => a.IsFloat && b.IsFloat ? Value.Of(a.AsDouble + b.AsDouble)
        : a.Ref is StarlarkString x && b.Ref is StarlarkString y ? Value.Of(StarlarkString.Concat(x, y))
        : Operators.Add(a, b);

    public static Value ApplyInPlace(Value a, Value b) => Operators.AddInPlace(a, b);
}

internal readonly struct Subtract : IBinaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryIntegers(long a, long b, out long result)
    {
        result = unchecked(a - b);
        return ((a ^ b) & (a ^ result)) >= 0;
    }

    public static Value Apply(Value a, Value b) => a.IsFloat && b.IsFloat ? Value.Of(a.AsDouble - b.AsDouble) : Operators.Subtract(a, b);

    public static Value ApplyInPlace(Value a, Value b) => Operators.IntoSet(a, Apply(a, b));
}

internal readonly struct Multiply : IBinaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryIntegers(long a, long b, out long result)
    {
        if ((int)a == a && (int)b == b)
        {
            result = a * b;
            return true;
        }

        var high = Math.BigMul(a, b, out result);
        return high == result >> 63;
    }

    public static Value Apply(Value a, Value b) => a.IsFloat && b.IsFloat ? Value.Of(a.AsDouble * b.AsDouble) : Operators.Multiply(a, b);

    public static Value ApplyInPlace(Value a, Value b) => Apply(a, b);
}

internal readonly struct FloorDivide : IBinaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryIntegers(long a, long b, out long result)
    {
        if (b <= 0)
        {
            result = 0;
            return false;
        }

        result = a / b;
        if (a < 0 && result * b != a)
        {
            result--;
        }

        return true;
    }

    public static Value Apply(Value a, Value b) => Operators.FloorDivide(a, b);

    public static Value ApplyInPlace(Value a, Value b) => Apply(a, b);
}

internal readonly struct Modulo : IBinaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryIntegers(long a, long b, out long result)
    {
        if (b <= 0)
        {
            result = 0;
            return false;
        }

        // A 32-bit division costs a third of a 64-bit one.
        result = (ulong)(a | b) <= uint.MaxValue ? (uint)a % (uint)b : a % b;
        if (result < 0)
        {
            result += b;
        }

        return true;
    }

    public static Value Apply(Value a, Value b) => Operators.Modulo(a, b);

    public static Value ApplyInPlace(Value a, Value b) => Apply(a, b);
}

internal readonly struct Divide : IBinaryOperation
{
    public static bool TryIntegers(long a, long b, out long result)
    {
        result = 0;
        return false;
    }

    public static Value Apply(Value a, Value b) => Operators.Divide(a, b);

    public static Value ApplyInPlace(Value a, Value b) => Apply(a, b);
}

internal readonly struct Power : IBinaryOperation
{
    public static bool TryIntegers(long a, long b, out long result)
    {
        result = 0;
        return false;
    }

    public static Value Apply(Value a, Value b) => Operators.Power(a, b);

    public static Value ApplyInPlace(Value a, Value b) => Apply(a, b);
}

internal readonly struct BitwiseAnd : IBinaryOperation
{
    public static bool TryIntegers(long a, long b, out long result)
    {
        result = a & b;
        return true;
    }

    public static Value Apply(Value a, Value b) => Operators.And(a, b);

    public static Value ApplyInPlace(Value a, Value b) => Operators.IntoSet(a, Apply(a, b));
}

internal readonly struct BitwiseOr : IBinaryOperation
{
    public static bool TryIntegers(long a, long b, out long result)
    {
        result = a | b;
        return true;
    }

    public static Value Apply(Value a, Value b) => Operators.Or(a, b);

    public static Value ApplyInPlace(Value a, Value b) => Operators.OrInPlace(a, b);
}

internal readonly struct BitwiseXor : IBinaryOperation
{
    public static bool TryIntegers(long a, long b, out long result)
    {
        result = a ^ b;
        return true;
    }

    public static Value Apply(Value a, Value b) => Operators.Xor(a, b);

    public static Value ApplyInPlace(Value a, Value b) => Operators.IntoSet(a, Apply(a, b));
}

internal readonly struct ShiftLeft : IBinaryOperation
{
    public static bool TryIntegers(long a, long b, out long result)
    {
        result = 0;
        return false;
    }

    public static Value Apply(Value a, Value b) => Operators.ShiftLeft(a, b);

    public static Value ApplyInPlace(Value a, Value b) => Apply(a, b);
}

internal readonly struct ShiftRight : IBinaryOperation
{
    public static bool TryIntegers(long a, long b, out long result)
    {
        result = 0;
        return false;
    }

    public static Value Apply(Value a, Value b) => Operators.ShiftRight(a, b);

    public static Value ApplyInPlace(Value a, Value b) => Apply(a, b);
}
