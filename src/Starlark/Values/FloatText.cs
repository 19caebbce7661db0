using System.Globalization;

namespace Starlark;

/// <summary>Text of floats.</summary>
internal static class FloatText
{
    private const int Decimals = 6;

    /// <summary>
    /// Shortest digits that read back as the same float; exponent form when the decimal exponent is below -4 or at least 6.
    /// </summary>
    public static string Shortest(double number)
    {
        if (NotFinite(number) is { } word)
        {
            return word;
        }

        var (negative, digits, exponent) = Digits(number);
        var sign = negative ? "-" : "";
        if (exponent is < -4 or >= 6)
        {
            return sign + Scientific(digits, exponent, 'e');
        }

        var text = Plain(digits, exponent);
        return sign + (text.Contains('.', StringComparison.Ordinal) ? text : text + ".0");
    }

    /// <summary>Six digits after the point, exponent form.</summary>
    public static string Exponent(double number, char mark)
    {
        if (NotFinite(number) is { } word)
        {
            return word;
        }

        var text = Math.Abs(number).ToString(IsEvenTie(number, "E") ? "E40" : "E6", CultureInfo.InvariantCulture);
        var exponent = text.IndexOf('E', StringComparison.Ordinal);
        var power = int.Parse(text.AsSpan(exponent + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(double.IsNegative(number) ? "-" : "")}{text[..(2 + Decimals)]}{mark}{(power < 0 ? '-' : '+')}{Math.Abs(power):00}");
    }

    /// <summary>Six digits after the point.</summary>
    public static string Fixed(double number)
    {
        if (NotFinite(number) is { } word)
        {
            return word;
        }

        var text = number.ToString(IsEvenTie(number, "F") ? "F40" : "F6", CultureInfo.InvariantCulture);
        return text[..(text.IndexOf('.', StringComparison.Ordinal) + 1 + Decimals)];
    }

    /// <summary>True when the digits left out are exactly one half and the last one kept is even: such a number is cut, where .NET rounds up.</summary>
    private static bool IsEvenTie(double number, string form)
    {
        var text = number.ToString(form + "40", CultureInfo.InvariantCulture);
        var digits = text.AsSpan(text.IndexOf('.', StringComparison.Ordinal) + 1, 40);
        return digits[Decimals] == '5' && digits[(Decimals + 1)..].IndexOfAnyExcept('0') < 0 && (digits[Decimals - 1] & 1) == 0;
    }

    private static string? NotFinite(double number) =>
        double.IsNaN(number) ? "nan" : double.IsPositiveInfinity(number) ? "+inf" : double.IsNegativeInfinity(number) ? "-inf" : null;

    /// <summary>Significant digits without trailing zeros, and the exponent of the first one.</summary>
    private static (bool Negative, string Digits, int Exponent) Digits(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        var negative = text[0] == '-';
        text = text.TrimStart('-');
        var exponent = 0;
        var mark = text.IndexOf('E', StringComparison.Ordinal);
        if (mark >= 0)
        {
            exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            text = text[..mark];
        }

        var point = text.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? text.Length : point;
        var digits = text.Replace(".", "", StringComparison.Ordinal);
        var leading = digits.Length - digits.TrimStart('0').Length;
        digits = digits.Trim('0');
        return digits.Length == 0 ? (negative, "0", 0) : (negative, digits, exponent + whole - leading - 1);
    }

    private static string Scientific(string digits, int exponent, char mark) => string.Create(
        CultureInfo.InvariantCulture,
        $"{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}{mark}{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");

    private static string Plain(string digits, int exponent)
    {
        if (exponent < 0)
        {
            return "0." + new string('0', -exponent - 1) + digits;
        }

        return digits.Length <= exponent + 1
            ? digits.PadRight(exponent + 1, '0')
            : $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }
}
