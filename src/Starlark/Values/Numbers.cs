using System.Globalization;
using System.Numerics;
using Starlark.Execution;

namespace Starlark;

/// <summary>Arithmetic: integers of any size, floats, and the two together.</summary>
internal static class Numbers
{
    private const int MaximumShift = 512;
    private const int LongText = 4096;
    private const long MaximumResultBits = 1L << 20;

    public static bool IsNumber(Value value) => value.IsInt || value.IsFloat || value.Ref is StarlarkBigInt;

    /// <summary>Exact comparison of two numbers; NaN is greater than everything and equal to itself.</summary>
    public static int Compare(Value a, Value b)
    {
        if (a.IsFloat && b.IsFloat)
        {
            var (x, y) = (a.AsDouble, b.AsDouble);
            return double.IsNaN(x) ? (double.IsNaN(y) ? 0 : 1) : double.IsNaN(y) ? -1 : x.CompareTo(y);
        }

        if (a.IsFloat)
        {
            return CompareMixed(a.AsDouble, b);
        }

        if (b.IsFloat)
        {
            return -CompareMixed(b.AsDouble, a);
        }

        return a.IsInt && b.IsInt ? a.Bits.CompareTo(b.Bits) : WideIntegers.Compare(a, b);
    }

    public static Value Add(Value a, Value b)
    {
        if (a.IsInt && b.IsInt)
        {
            var sum = unchecked(a.Bits + b.Bits);
            return ((a.Bits ^ sum) & (b.Bits ^ sum)) < 0 ? WideIntegers.Add(a, b) : Value.Of(sum);
        }

        return a.IsFloat || b.IsFloat ? Value.Of(Double(a) + Double(b)) : WideIntegers.Add(a, b);
    }

    public static Value Subtract(Value a, Value b)
    {
        if (a.IsInt && b.IsInt)
        {
            var difference = unchecked(a.Bits - b.Bits);
            return ((a.Bits ^ b.Bits) & (a.Bits ^ difference)) < 0 ? WideIntegers.Subtract(a, b) : Value.Of(difference);
        }

        return a.IsFloat || b.IsFloat ? Value.Of(Double(a) - Double(b)) : WideIntegers.Subtract(a, b);
    }

    public static Value Multiply(Value a, Value b)
    {
        if (a.IsInt && b.IsInt)
        {
            var high = Math.BigMul(a.Bits, b.Bits, out var low);
            return high == low >> 63 ? Value.Of(low) : WideIntegers.Multiply(a, b);
        }

        return a.IsFloat || b.IsFloat ? Value.Of(Double(a) * Double(b))
            : BitLength(a) + BitLength(b) <= MaximumResultBits ? WideIntegers.Multiply(a, b)
            : throw new EvalException("the result of * is too large");
    }

    public static Value Divide(Value a, Value b)
    {
        var divisor = Double(b);
        return divisor != 0.0 ? Value.Of(Double(a) / divisor) : throw new EvalException("floating-point division by zero");
    }

    public static Value FloorDivide(Value a, Value b)
    {
        if (a.IsInt && b.IsInt && b.Bits != 0 && b.Bits != -1)
        {
            var quotient = a.Bits / b.Bits;
            return Value.Of(a.Bits % b.Bits != 0 && (a.Bits < 0) != (b.Bits < 0) ? quotient - 1 : quotient);
        }

        if (a.IsFloat || b.IsFloat)
        {
            var divisor = Double(b);
            return divisor != 0.0 ? Value.Of(Math.Floor(Double(a) / divisor)) : throw new EvalException("floored division by zero");
        }

        return b.Truth ? WideIntegers.FloorDivide(a, b) : throw new EvalException("floored division by zero");
    }

    public static Value Modulo(Value a, Value b)
    {
        if (a.IsInt && b.IsInt && b.Bits != 0 && b.Bits != -1)
        {
            var rest = a.Bits % b.Bits;
            return Value.Of(rest != 0 && (rest < 0) != (b.Bits < 0) ? rest + b.Bits : rest);
        }

        if (a.IsFloat || b.IsFloat)
        {
            var divisor = Double(b);
            if (divisor == 0.0)
            {
                throw new EvalException("floating-point modulo by zero");
            }

            var rest = Double(a) % divisor;
            return Value.Of(rest != 0.0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest);
        }

        return b.Truth ? WideIntegers.Modulo(a, b) : throw new EvalException("integer modulo by zero");
    }

    public static Value Power(Value a, Value b)
    {
        if (a.IsFloat || b.IsFloat || !b.TryGetInt(out var exponent) || exponent.Sign < 0)
        {
            var (x, y) = (Double(a), Double(b));
            return x == 0.0 && y < 0 ? throw new EvalException("zero cannot be raised to a negative power") : Value.Of(Math.Pow(x, y));
        }

        if (a.IsInt && a.Bits == 2 && exponent < MaximumResultBits)
        {
            return exponent < 62 ? Value.Of(1L << (int)exponent) : Value.Of(BigInteger.One << (int)exponent);
        }

        RunningThread.LongStep();
        var number = Integer(a);
        if (exponent > int.MaxValue || (!number.IsZero && !BigInteger.Abs(number).IsOne && (long)exponent * number.GetBitLength() > MaximumResultBits))
        {
            if (number.IsZero || number.IsOne)
            {
                return Value.Of(number);
            }

            if (number == BigInteger.MinusOne)
            {
                return Value.Of(exponent.IsEven ? 1 : -1);
            }

            throw new EvalException("the result of ** is too large");
        }

        return Value.Of(BigInteger.Pow(number, (int)exponent));
    }

    public static Value ShiftLeft(Value a, Value b)
    {
        var count = ShiftCount(b);
        return a.IsInt && count < 63 && a.Bits << count >> count == a.Bits ? Value.Of(a.Bits << count) : Value.Of(Integer(a) << count);
    }

    public static Value ShiftRight(Value a, Value b)
    {
        var count = ShiftCount(b);
        return a.IsInt ? Value.Of(a.Bits >> Math.Min(count, 63)) : Value.Of(Integer(a) >> count);
    }

    public static Value And(Value a, Value b) => a.IsInt && b.IsInt ? Value.Of(a.Bits & b.Bits) : Value.Of(Integer(a) & Integer(b));

    public static Value Or(Value a, Value b) => a.IsInt && b.IsInt ? Value.Of(a.Bits | b.Bits) : Value.Of(Integer(a) | Integer(b));

    public static Value Xor(Value a, Value b) => a.IsInt && b.IsInt ? Value.Of(a.Bits ^ b.Bits) : Value.Of(Integer(a) ^ Integer(b));

    public static BigInteger Integer(Value value)
    {
        value.TryGetInt(out var number);
        return number;
    }

    /// <summary>A number as a float; an integer beyond the range of floats is an error.</summary>
    public static double Double(Value value)
    {
        if (value.IsFloat)
        {
            return value.AsDouble;
        }

        if (value.IsInt)
        {
            return value.Bits;
        }

        var number = Nearest(Integer(value));
        return double.IsInfinity(number) ? throw new EvalException("int too large to convert to float") : number;
    }

    /// <summary>The integer part of a float.</summary>
    public static Value Truncate(double number) =>
        double.IsNaN(number) ? throw new EvalException("cannot convert float NaN to integer")
        : double.IsInfinity(number) ? throw new EvalException("cannot convert float infinity to integer")
        : Math.Abs(number) < long.MaxValue ? Value.Of((long)number)
        : Value.Of(new BigInteger(number));

    public static string IntegerText(Value value)
    {
        if (value.IsInt)
        {
            return value.Bits.ToString(CultureInfo.InvariantCulture);
        }

        var number = Integer(value);
        return number.GetBitLength() > LongText ? Radix.Text(number, 10) : number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The float nearest to an integer, ties to even.</summary>
    private static double Nearest(BigInteger number)
    {
        const int KeptBits = 62;
        var excess = BigInteger.Abs(number).GetBitLength() - KeptBits;
        if (excess <= 0)
        {
            return (long)number;
        }

        if (excess > 1024)
        {
            return number.Sign * double.PositiveInfinity;
        }

        // What is cut off must still break ties: one low bit stands for all of it.
        var magnitude = BigInteger.Abs(number);
        var kept = (long)(magnitude >> (int)excess);
        kept |= (BigInteger)kept << (int)excess == magnitude ? 0L : 1L;
        return number.Sign * Math.ScaleB(kept, (int)excess);
    }

    private static int CompareMixed(double number, Value integer)
    {
        if (double.IsNaN(number) || double.IsPositiveInfinity(number))
        {
            return 1;
        }

        if (double.IsNegativeInfinity(number))
        {
            return -1;
        }

        var floor = Math.Floor(number);
        var order = new BigInteger(floor).CompareTo(Integer(integer));
        return order != 0 ? order : number > floor ? 1 : 0;
    }

    private static long BitLength(Value integer) => integer.Ref is StarlarkBigInt big
        ? (big.Limbs.Length * 64L) - BitOperations.LeadingZeroCount(big.Limbs[^1])
        : 64 - BitOperations.LeadingZeroCount(unchecked((ulong)(integer.Bits < 0 ? -integer.Bits : integer.Bits)));

    private static int ShiftCount(Value value)
    {
        var count = Integer(value);
        return count.Sign < 0 ? throw new EvalException($"negative shift count: {count}")
            : count >= MaximumShift ? throw new EvalException($"shift count too large: {count}")
            : (int)count;
    }
}
