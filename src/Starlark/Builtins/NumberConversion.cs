using System.Globalization;
using System.Numerics;

namespace Starlark;

/// <summary>The conversions <c>int()</c> and <c>float()</c>.</summary>
internal static class NumberConversion
{
    public static Value Int(BoundArguments a)
    {
        if (!a.Has(0))
        {
            return Value.Of(0);
        }

        if (a[0].Ref is StarlarkString text)
        {
            return Parse(text, a.Has(1) ? a.Int64(1) : 10);
        }

        if (a.Has(1))
        {
            throw new EvalException("can't convert non-string with explicit base");
        }

        return Operators.IsInteger(a[0]) ? a[0]
            : a[0].IsFloat ? Numbers.Truncate(a[0].AsDouble)
            : a[0].TryGetBool(out var flag) ? Value.Of(flag ? 1 : 0)
            : throw new EvalException($"got {a[0].TypeName}, want string, int, float or bool");
    }

    /// <summary>What <c>int(x)</c> makes of an integer, and of decimal digits that fit 64 bits; unset for all else.</summary>
    public static Value ShortInt(Value x)
    {
        const int LongestDigits = 18;
        if (x.Ref is not StarlarkString text)
        {
            return x.IsInt ? x : default;
        }

        var digits = text.Bytes;
        var negative = digits is [(byte)'-', ..];
        digits = negative ? digits[1..] : digits;
        if (digits.Length is 0 or > LongestDigits)
        {
            return default;
        }

        var number = 0L;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return default;
            }

            number = number * 10 + (digit - '0');
        }

        return Value.Of(negative ? -number : number);
    }

    public static Value Float(BoundArguments a)
    {
        if (!a.Has(0))
        {
            return Value.Of(0.0);
        }

        return a[0].IsFloat ? a[0]
            : Operators.IsInteger(a[0]) ? Value.Of(Numbers.Double(a[0]))
            : a[0].TryGetBool(out var flag) ? Value.Of(flag ? 1.0 : 0.0)
            : a[0].Ref is StarlarkString text ? Value.Of(ParseFloat(text))
            : throw new EvalException($"got {a[0].TypeName}, want number or string");
    }

    private static double ParseFloat(StarlarkString text)
    {
        var word = text.Text;
        var unsigned = word.TrimStart('+', '-').ToLowerInvariant();
        if (word.Length - unsigned.Length <= 1)
        {
            var sign = word.StartsWith('-') ? -1 : 1;
            switch (unsigned)
            {
                case "inf" or "infinity":
                    return sign * double.PositiveInfinity;
                case "nan":
                    return double.CopySign(double.NaN, sign);
            }
        }

        if (!double.TryParse(word, NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
            || unsigned.StartsWith('n') || unsigned.StartsWith('i'))
        {
            throw new EvalException($"invalid float literal: {word}");
        }

        return double.IsInfinity(number) ? throw new EvalException($"floating-point number too large: {word}") : number;
    }

    private static Value Parse(StarlarkString text, long radix)
    {
        if (radix is not (0 or (>= 2 and <= 36)))
        {
            throw new EvalException("int base must be >= 2 && <= 36, or 0");
        }

        var digits = text.Text.AsSpan();
        var negative = false;
        if (digits.Length > 0 && digits[0] is '+' or '-')
        {
            negative = digits[0] == '-';
            digits = digits[1..];
        }

        var prefix = digits.Length > 1 && digits[0] == '0'
            ? char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 }
            : 0;
        var named = prefix != 0 && (radix == 0 || radix == prefix);
        if (named)
        {
            digits = digits[2..];
        }

        var effective = radix == 0 ? named ? prefix : 10 : (int)radix;
        var ambiguous = radix == 0 && !named && digits.Length > 1 && digits[0] == '0' && digits.TrimStart('0').Length > 0;
        var number = ambiguous ? null : Number(digits, effective);
        return number is { } value
            ? Value.Of(negative ? -value : value)
            : throw new EvalException($"invalid literal with base {radix}: {text.Text}");
    }

    private static BigInteger? Number(ReadOnlySpan<char> digits, int radix)
    {
        if (radix != 10)
        {
            return Radix.Parse(digits, radix);
        }

        if (digits.Length > Radix.Largest)
        {
            throw new EvalException($"integer literal of {digits.Length} digits is too long");
        }

        return !digits.IsEmpty && digits.IndexOfAnyExceptInRange('0', '9') < 0
            ? BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture)
            : null;
    }
}
