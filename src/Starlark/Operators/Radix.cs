using System.Numerics;

namespace Starlark;

/// <summary>Integers in bases other than ten.</summary>
internal static class Radix
{
    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>Text of a number in a base, with a minus sign when negative.</summary>
    public static string Text(BigInteger number, int radix)
    {
        if (number.IsZero)
        {
            return "0";
        }

        var digits = new List<char>();
        var rest = BigInteger.Abs(number);
        while (!rest.IsZero)
        {
            rest = BigInteger.DivRem(rest, radix, out var digit);
            digits.Add(Digits[(int)digit]);
        }

        if (number.Sign < 0)
        {
            digits.Add('-');
        }

        digits.Reverse();
        return new string([.. digits]);
    }

    /// <summary>Reads digits of a base; null when a character is no digit of it.</summary>
    public static BigInteger? Parse(ReadOnlySpan<char> digits, int radix)
    {
        if (digits.IsEmpty)
        {
            return null;
        }

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
}
