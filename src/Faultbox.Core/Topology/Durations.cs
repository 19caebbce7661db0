using System.Globalization;
using System.Text;

namespace Faultbox.Core.Topology;

/// <summary>
/// The duration text of specifications: an optional sign and one or more <c>&lt;decimal&gt;&lt;unit&gt;</c> pairs with the units
/// <c>ns us µs ms s m h</c>, or a bare <c>0</c>. Values are nanoseconds in the range of a 64-bit integer.
/// </summary>
public static class Durations
{
    private const long Microsecond = 1_000;
    private const long Millisecond = 1_000_000;
    private const long Second = 1_000_000_000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;

    /// <summary>Parses a duration to nanoseconds; surrounding space is ignored.</summary>
    /// <param name="text">Text such as <c>1m30s</c> or <c>-1.5h</c>.</param>
    /// <param name="nanoseconds">The value, 0 on failure.</param>
    public static bool TryParseNanoseconds(ReadOnlySpan<char> text, out long nanoseconds)
    {
        nanoseconds = 0;
        var rest = text.Trim();
        var negative = false;
        if (!rest.IsEmpty && rest[0] is '+' or '-')
        {
            negative = rest[0] == '-';
            rest = rest[1..];
        }

        if (rest is "0")
        {
            return true;
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        var limit = negative ? -(decimal)long.MinValue : long.MaxValue;
        decimal total = 0;
        while (!rest.IsEmpty)
        {
            if (!TryTakeNumber(ref rest, out var number) || !TryTakeUnit(ref rest, out var unit) || number > (limit - total) / unit)
            {
                return false;
            }

            total += number * unit;
        }

        nanoseconds = (long)(negative ? -total : total);
        return true;
    }

    /// <summary>Parses a duration to a <see cref="TimeSpan"/>, whose resolution is 100 ns; anything above zero stays above zero.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        var parsed = TryParseNanoseconds(text, out var nanoseconds);
        duration = FromNanoseconds(nanoseconds);
        return parsed;
    }

    /// <summary>The duration nearest to a number of nanoseconds; never zero unless the number is.</summary>
    public static TimeSpan FromNanoseconds(long nanoseconds)
    {
        var ticks = nanoseconds / TimeSpan.NanosecondsPerTick;
        return new TimeSpan(ticks == 0 ? Math.Sign(nanoseconds) : ticks);
    }

    /// <summary>Shortest text of a duration, for example <c>500ms</c>, <c>1.5s</c>, <c>2m0s</c>, <c>1h0m0s</c>.</summary>
    public static string Text(TimeSpan duration) => Text(checked(duration.Ticks * TimeSpan.NanosecondsPerTick));

    /// <summary>Shortest text of a number of nanoseconds.</summary>
    public static string Text(long nanoseconds)
    {
        if (nanoseconds == 0)
        {
            return "0s";
        }

        var builder = new StringBuilder();
        if (nanoseconds < 0)
        {
            builder.Append('-');
        }

        var rest = nanoseconds < 0 ? (ulong)-(nanoseconds + 1) + 1 : (ulong)nanoseconds;
        if (rest < Second)
        {
            var (unit, suffix) = rest < Microsecond ? (1L, "ns") : rest < Millisecond ? (Microsecond, "µs") : (Millisecond, "ms");
            return builder.Append(Decimal(rest, unit)).Append(suffix).ToString();
        }

        var hours = rest / Hour;
        var minutes = rest % Hour / Minute;
        if (hours > 0)
        {
            builder.Append(CultureInfo.InvariantCulture, $"{hours}h");
        }

        if (hours > 0 || minutes > 0)
        {
            builder.Append(CultureInfo.InvariantCulture, $"{minutes}m");
        }

        return builder.Append(Decimal(rest % Minute, Second)).Append('s').ToString();
    }

    private static string Decimal(ulong nanoseconds, long unit) =>
        (nanoseconds / (decimal)unit).ToString("0.#########", CultureInfo.InvariantCulture);

    private static bool TryTakeNumber(ref ReadOnlySpan<char> rest, out decimal number)
    {
        var length = 0;
        var digits = 0;
        var point = false;
        while (length < rest.Length && (char.IsAsciiDigit(rest[length]) || (rest[length] == '.' && !point)))
        {
            point |= rest[length] == '.';
            digits += rest[length] == '.' ? 0 : 1;
            length++;
        }

        var token = rest[..length];
        rest = rest[length..];
        number = 0;
        return digits is > 0 and <= 28
            && decimal.TryParse(token, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }

    private static bool TryTakeUnit(ref ReadOnlySpan<char> rest, out long unit)
    {
        (unit, var length) = rest switch
        {
            ['n', 's', ..] => (1L, 2),
            ['u' or 'µ' or 'μ', 's', ..] => (Microsecond, 2),
            ['m', 's', ..] => (Millisecond, 2),
            ['s', ..] => (Second, 1),
            ['m', ..] => (Minute, 1),
            ['h', ..] => (Hour, 1),
            _ => (0L, 0),
        };
        rest = rest[length..];
        return length > 0;
    }
}
