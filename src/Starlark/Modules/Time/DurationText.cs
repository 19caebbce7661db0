using System.Globalization;
using System.Text;

namespace Starlark;

/// <summary>Text of durations, such as <c>1h2m3.5s</c>.</summary>
internal static class DurationText
{
    private const string Units = "ns, us, µs, ms, s, m, h";

    /// <summary>Shortest text: whole hours and minutes, seconds with a fraction; below a second one smaller unit.</summary>
    public static string Format(long nanoseconds)
    {
        if (nanoseconds == 0)
        {
            return "0s";
        }

        var sign = nanoseconds < 0 ? "-" : "";
        var rest = nanoseconds < 0 ? unchecked((ulong)-nanoseconds) : (ulong)nanoseconds;
        if (rest < 1_000)
        {
            return $"{sign}{rest}ns";
        }

        if (rest < 1_000_000)
        {
            return $"{sign}{Decimal(rest, 1_000)}µs";
        }

        if (rest < 1_000_000_000)
        {
            return $"{sign}{Decimal(rest, 1_000_000)}ms";
        }

        var (hours, minutes) = (rest / 3_600_000_000_000, rest / 60_000_000_000 % 60);
        var text = new StringBuilder(sign);
        if (hours > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{hours}h");
        }

        if (hours > 0 || minutes > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{minutes}m");
        }

        return text.Append(Decimal(rest % 60_000_000_000, 1_000_000_000)).Append('s').ToString();
    }

    /// <summary>Reads an optional sign and one or more numbers with units.</summary>
    /// <exception cref="EvalException">The text is no duration, or does not fit 64 bits of nanoseconds.</exception>
    public static long Parse(string text)
    {
        var rest = text.AsSpan();
        var negative = rest is ['-', ..];
        if (rest is ['-' or '+', ..])
        {
            rest = rest[1..];
        }

        if (rest is "0")
        {
            return 0;
        }

        var total = rest.IsEmpty ? throw Invalid(text) : 0m;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept("0123456789.");
            var number = digits < 0 ? rest : rest[..digits];
            if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            {
                throw Invalid(text);
            }

            rest = digits < 0 ? [] : rest[digits..];
            var end = rest.IndexOfAny("0123456789.");
            total += Scaled(text, amount, end < 0 ? rest : rest[..end]);
            rest = end < 0 ? [] : rest[end..];
        }

        total = decimal.Truncate(negative ? -total : total);
        return total is >= long.MinValue and <= long.MaxValue ? (long)total : throw Invalid(text);
    }

    private static decimal Scaled(string text, decimal amount, ReadOnlySpan<char> unit)
    {
        var scale = unit switch
        {
            "ns" => 1L,
            "us" or "µs" or "μs" => 1_000L,
            "ms" => 1_000_000L,
            "s" => 1_000_000_000L,
            "m" => 60_000_000_000L,
            "h" => 3_600_000_000_000L,
            "" => throw new EvalException($"missing unit in duration {Value.Of(text).Repr()}; units are {Units}"),
            _ => throw new EvalException($"unknown unit {Value.Of(unit.ToString()).Repr()} in duration {Value.Of(text).Repr()}; units are {Units}"),
        };
        return amount <= long.MaxValue ? amount * scale : throw Invalid(text);
    }

    private static EvalException Invalid(string text) => new($"invalid duration {Value.Of(text).Repr()}");

    private static string Decimal(ulong amount, ulong unit) =>
        ((decimal)amount / unit).ToString("0.#########", CultureInfo.InvariantCulture);
}
