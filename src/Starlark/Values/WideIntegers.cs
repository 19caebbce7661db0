using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Starlark.Execution;

namespace Starlark;

/// <summary>
/// Arithmetic on integers when an operand or the result is beyond 64 bits. Sums, and products and quotients by small numbers, are computed on
/// limbs of 64 bits; what takes more than a pass over the limbs is left to <see cref="BigInteger"/>.
/// </summary>
internal static class WideIntegers
{
    /// <summary>Products of two larger magnitudes gain from multiplying by halves.</summary>
    private const int LongMultiplication = 24;

    public static Value Add(Value a, Value b)
    {
        ulong i = 0, j = 0;
        var x = new Operand(a, ref i);
        var y = new Operand(b, ref j);
        return Sum(x, y, y.IsNegative);
    }

    public static Value Subtract(Value a, Value b)
    {
        ulong i = 0, j = 0;
        var x = new Operand(a, ref i);
        var y = new Operand(b, ref j);
        return Sum(x, y, !y.IsNegative);
    }

    public static Value Multiply(Value a, Value b)
    {
        ulong i = 0, j = 0;
        var x = new Operand(a, ref i);
        var y = new Operand(b, ref j);
        var isNegative = x.IsNegative != y.IsNegative;
        if (x.Limbs.IsEmpty || y.Limbs.IsEmpty)
        {
            return Value.Of(0L);
        }

        if (x.Limbs.Length == 1 && y.Limbs.Length == 1)
        {
            var high = Math.BigMul(x.Limbs[0], y.Limbs[0], out var low);
            return Make(high, low, isNegative);
        }

        if (x.IsHalf || y.IsHalf)
        {
            return Make(x.IsHalf ? Times(y.Limbs, (uint)x.Short) : Times(x.Limbs, (uint)y.Short), isNegative);
        }

        if (Math.Min(x.Limbs.Length, y.Limbs.Length) > LongMultiplication)
        {
            RunningThread.LongStep();
            return Value.Of(Numbers.Integer(a) * Numbers.Integer(b));
        }

        var product = new ulong[x.Limbs.Length + y.Limbs.Length];
        for (var k = 0; k < y.Limbs.Length; k++)
        {
            product[k + x.Limbs.Length] = AddProduct(x.Limbs, y.Limbs[k], product.AsSpan(k));
        }

        return Make(product, isNegative);
    }

    /// <summary>Quotient rounded towards minus infinity, of a divisor that is not 0.</summary>
    public static Value FloorDivide(Value a, Value b)
    {
        ulong i = 0, j = 0;
        var x = new Operand(a, ref i);
        var y = new Operand(b, ref j);
        if (!x.IsShort || !y.IsShort)
        {
            var quotientOfLong = LongDivision.DivRem(Numbers.Integer(a), Numbers.Integer(b), out var rest);
            return Value.Of(!rest.IsZero && x.IsNegative != y.IsNegative ? quotientOfLong - 1 : quotientOfLong);
        }

        return FloorDivideShort(x, y);
    }

    /// <summary>Types of 128 bits are kept out of methods that most integers pass through: these methods are not compiled ahead of time.</summary>
    private static Value FloorDivideShort(in Operand x, in Operand y)
    {
        var (quotient, remainder) = UInt128.DivRem(x.Short, y.Short);
        return x.IsNegative == y.IsNegative ? Make(quotient, false) : Make(remainder == 0 ? quotient : quotient + 1, true);
    }

    /// <summary>Remainder with the sign of the divisor, which is not 0.</summary>
    public static Value Modulo(Value a, Value b)
    {
        ulong i = 0, j = 0;
        var x = new Operand(a, ref i);
        var y = new Operand(b, ref j);
        if (y.IsHalf)
        {
            ulong remainder = Remainder(x.Limbs, (uint)y.Limbs[0]);
            return Make(0, remainder != 0 && x.IsNegative != y.IsNegative ? y.Limbs[0] - remainder : remainder, y.IsNegative);
        }

        if (x.IsShort && y.IsShort)
        {
            return ModuloShort(x, y);
        }

        _ = LongDivision.DivRem(Numbers.Integer(a), Numbers.Integer(b), out var rest);
        return Value.Of(!rest.IsZero && x.IsNegative != y.IsNegative ? rest + Numbers.Integer(b) : rest);
    }

    private static Value ModuloShort(in Operand x, in Operand y)
    {
        var divisor = y.Short;
        var remainder = UInt128.IsPow2(divisor) ? x.Short & (divisor - 1) : x.Short % divisor;
        return Make(remainder != 0 && x.IsNegative != y.IsNegative ? divisor - remainder : remainder, y.IsNegative);
    }

    public static int Compare(Value a, Value b)
    {
        ulong i = 0, j = 0;
        var x = new Operand(a, ref i);
        var y = new Operand(b, ref j);
        return x.IsNegative != y.IsNegative ? (x.IsNegative ? -1 : 1)
            : x.IsNegative ? Compare(y.Limbs, x.Limbs)
            : Compare(x.Limbs, y.Limbs);
    }

    private static int Compare(ReadOnlySpan<ulong> x, ReadOnlySpan<ulong> y)
    {
        if (x.Length != y.Length)
        {
            return x.Length.CompareTo(y.Length);
        }

        for (var i = x.Length - 1; i >= 0; i--)
        {
            if (x[i] != y[i])
            {
                return x[i].CompareTo(y[i]);
            }
        }

        return 0;
    }

    private static Value Sum(in Operand x, in Operand y, bool isNegative)
    {
        if (x.IsNegative == isNegative)
        {
            return x.Limbs.Length >= y.Limbs.Length ? Add(x.Limbs, y.Limbs, isNegative) : Add(y.Limbs, x.Limbs, isNegative);
        }

        return Compare(x.Limbs, y.Limbs) >= 0 ? Subtract(x.Limbs, y.Limbs, x.IsNegative) : Subtract(y.Limbs, x.Limbs, isNegative);
    }

    /// <summary>Sum of two magnitudes, the longer one first.</summary>
    private static Value Add(ReadOnlySpan<ulong> x, ReadOnlySpan<ulong> y, bool isNegative)
    {
        var sum = new ulong[x.Length];
        ref var longer = ref MemoryMarshal.GetReference(x);
        ref var shorter = ref MemoryMarshal.GetReference(y);
        ref var limbs = ref MemoryMarshal.GetArrayDataReference(sum);
        var carry = 0UL;
        for (var i = 0; i < y.Length; i++)
        {
            var addend = Unsafe.Add(ref shorter, i);
            var part = Unsafe.Add(ref longer, i) + addend;
            var total = part + carry;
            Unsafe.Add(ref limbs, i) = total;
            carry = part < addend ? 1UL : 0;

            // A carry that runs through a limb is so rare that the processor guesses there is none, and works on several limbs at once.
            if (total < part)
            {
                carry = 1;
            }
        }

        for (var i = y.Length; i < x.Length; i++)
        {
            sum[i] = x[i] + carry;
            carry = sum[i] < carry ? 1UL : 0;
        }

        return Make(carry == 0 ? sum : [.. sum, carry], isNegative);
    }

    /// <summary>Difference of two magnitudes, the larger one first.</summary>
    private static Value Subtract(ReadOnlySpan<ulong> x, ReadOnlySpan<ulong> y, bool isNegative)
    {
        var difference = new ulong[x.Length];
        var borrow = 0UL;
        for (var i = 0; i < y.Length; i++)
        {
            var part = x[i] - y[i];
            var underflow = part > x[i] ? 1UL : 0;
            difference[i] = part - borrow;
            borrow = underflow | (difference[i] > part ? 1UL : 0);
        }

        for (var i = y.Length; i < x.Length; i++)
        {
            difference[i] = x[i] - borrow;
            borrow = difference[i] > x[i] ? 1UL : 0;
        }

        return Make(difference, isNegative);
    }

    /// <summary>A magnitude times a factor of half a limb: the products of both halves of a limb need no wider type.</summary>
    private static ulong[] Times(ReadOnlySpan<ulong> x, uint factor)
    {
        var product = new ulong[x.Length + (BitOperations.LeadingZeroCount(x[^1]) > BitOperations.Log2(factor) ? 0 : 1)];
        var carry = 0UL;
        for (var i = 0; i < x.Length; i++)
        {
            var low = ((uint)x[i] * (ulong)factor) + carry;
            var high = ((x[i] >> 32) * factor) + (low >> 32);
            product[i] = (high << 32) | (uint)low;
            carry = high >> 32;
        }

        if (x.Length < product.Length)
        {
            product[^1] = carry;
        }

        return product;
    }

    /// <summary>Adds a magnitude times a factor; returns the limb above.</summary>
    private static ulong AddProduct(ReadOnlySpan<ulong> x, ulong factor, Span<ulong> sum)
    {
        var carry = 0UL;
        for (var i = 0; i < x.Length; i++)
        {
            var high = Math.BigMul(x[i], factor, out var low);
            low += carry;
            high += low < carry ? 1UL : 0;
            low += sum[i];
            high += low < sum[i] ? 1UL : 0;
            (sum[i], carry) = (low, high);
        }

        return carry;
    }

    private static uint Remainder(ReadOnlySpan<ulong> x, uint divisor)
    {
        var rest = 0UL;
        for (var i = x.Length - 1; i >= 0; i--)
        {
            rest = ((rest << 32) | (x[i] >> 32)) % divisor;
            rest = ((rest << 32) | (uint)x[i]) % divisor;
        }

        return (uint)rest;
    }

    private static Value Make(UInt128 magnitude, bool isNegative) => Make((ulong)(magnitude >> 64), (ulong)magnitude, isNegative);

    private static Value Make(ulong high, ulong low, bool isNegative) => high != 0 ? Value.Of(new StarlarkBigInt([low, high], isNegative))
        : Fits(low, isNegative) ? Small(low, isNegative)
        : Value.Of(new StarlarkBigInt([low], isNegative));

    private static Value Make(ulong[] limbs, bool isNegative)
    {
        var used = limbs.Length;
        while (used > 0 && limbs[used - 1] == 0)
        {
            used--;
        }

        return used == 0 ? Value.Of(0L)
            : used == 1 && Fits(limbs[0], isNegative) ? Small(limbs[0], isNegative)
            : Value.Of(new StarlarkBigInt(used == limbs.Length ? limbs : limbs[..used], isNegative));
    }

    private static bool Fits(ulong magnitude, bool isNegative) => magnitude <= long.MaxValue || (isNegative && magnitude == 1UL << 63);

    private static Value Small(ulong magnitude, bool isNegative) => Value.Of(unchecked(isNegative ? -(long)magnitude : (long)magnitude));

    /// <summary>Sign and magnitude of an integer of any size; 0 has no limbs.</summary>
    private readonly ref struct Operand
    {
        /// <param name="value">An integer.</param>
        /// <param name="room">Where the limb of a short one is kept.</param>
        public Operand(Value value, ref ulong room)
        {
            if (value.Ref is StarlarkBigInt big)
            {
                Limbs = big.Limbs;
                IsNegative = big.IsNegative;
                return;
            }

            room = unchecked((ulong)(value.Bits < 0 ? -value.Bits : value.Bits));
            Limbs = room == 0 ? [] : new ReadOnlySpan<ulong>(in room);
            IsNegative = value.Bits < 0;
        }

        public ReadOnlySpan<ulong> Limbs { get; }

        public bool IsNegative { get; }

        /// <summary>True when the magnitude fits half a limb and is not 0.</summary>
        public bool IsHalf => Limbs.Length == 1 && Limbs[0] <= uint.MaxValue;

        /// <summary>True when the magnitude fits 128 bits.</summary>
        public bool IsShort => Limbs.Length <= 2;

        /// <summary>The magnitude when it fits 128 bits.</summary>
        public UInt128 Short => new(Limbs.Length > 1 ? Limbs[1] : 0, Limbs.IsEmpty ? 0 : Limbs[0]);
    }
}
