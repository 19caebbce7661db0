using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Starlark.Execution;

namespace Starlark;

/// <summary>Integers in bases other than ten, and long ones in base ten.</summary>
internal static class Radix
{
    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    private const int FewDigits = 256;
    private const int FewBits = 1024;

    /// <summary>Longest literal: an integer of a million bits in base two.</summary>
    public const int Largest = 1 << 20;

    /// <summary>Text of a number in a base, with a minus sign when negative.</summary>
    public static string Text(BigInteger number, int radix)
    {
        if (number.IsZero)
        {
            return "0";
        }

        var text = new StringBuilder();
        if (number.Sign < 0)
        {
            text.Append('-');
        }

        Write(text, BigInteger.Abs(number), radix, 0);
        return text.ToString();
    }

    /// <summary>Reads digits of a base; null when a character is no digit of it.</summary>
    public static BigInteger? Parse(ReadOnlySpan<char> digits, int radix)
    {
        if (digits.IsEmpty)
        {
            return null;
        }

        if (digits.Length > Largest)
        {
            throw new EvalException($"integer literal of {digits.Length} digits is too long");
        }

        if (digits.Length <= FewDigits)
        {
            return ParseFew(digits, radix);
        }

        var low = digits.Length / 2;
        return Parse(digits[..^low], radix) is { } high && Parse(digits[^low..], radix) is { } rest
            ? (BitOperations.IsPow2(radix) ? high << (BitOperations.Log2((uint)radix) * low) : high * BigInteger.Pow(radix, low)) + rest
            : null;
    }

    private static BigInteger? ParseFew(ReadOnlySpan<char> digits, int radix)
    {
        RunningThread.LongStep();
        var number = BigInteger.Zero;
        foreach (var c in digits)
        {
            var digit = Digits.IndexOf(char.ToLowerInvariant(c), StringComparison.Ordinal);
            if (digit < 0 || digit >= radix)
            {
                return null;
            }

            number = (number * radix) + digit;
        }

        return number;
    }

    /// <summary>Writes digits, halving long numbers: a digit at a time would take quadratic time.</summary>
    private static void Write(StringBuilder text, BigInteger number, int radix, int width)
    {
        if (number.GetBitLength() > FewBits)
        {
            var low = (int)(number.GetBitLength() / Math.Log2(radix) / 2);
            var high = LongDivision.DivRem(number, BigInteger.Pow(radix, low), out var rest);
            Write(text, high, radix, width - low);
            Write(text, rest, radix, low);
            return;
        }

        RunningThread.LongStep();
        if (radix == 10)
        {
            text.Append(number.ToString($"D{Math.Max(width, 0)}", CultureInfo.InvariantCulture));
            return;
        }

        var digits = new List<char>();
        for (var rest = number; !rest.IsZero || digits.Count < width;)
        {
            rest = BigInteger.DivRem(rest, radix, out var digit);
            digits.Add(Digits[(int)digit]);
        }

        digits.Reverse();
        text.Append(CollectionsMarshal.AsSpan(digits));
    }
}
