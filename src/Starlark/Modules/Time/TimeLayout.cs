using System.Globalization;
using System.Text;

namespace Starlark;

/// <summary>
/// Text of moments by layout. A layout is the moment <c>Mon Jan 2 15:04:05 MST 2006</c> written the way other moments shall be; everything
/// in it that is no part of that moment stands for itself.
/// </summary>
internal static class TimeLayout
{
    public const string Rfc3339 = "2006-01-02T15:04:05Z07:00";

    // Longer parts before those that begin like them.
    private static readonly string[] Parts =
    [
        "January", "Jan", "Monday", "Mon", "MST", "2006", "01", "02", "002", "03", "04", "05", "06", "15", "PM", "pm",
        "-07:00", "-0700", "-07", "Z07:00", "Z0700", "Z07", "__2", "_2", "1", "2", "3", "4", "5",
    ];

    private static readonly string[] Months = CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[..12];
    private static readonly string[] Days = CultureInfo.InvariantCulture.DateTimeFormat.DayNames;

    public static string Format(TimeValue time, string layout)
    {
        var text = new StringBuilder();
        var rest = layout.AsSpan();
        while (!rest.IsEmpty)
        {
            var part = Next(rest);
            text.Append(part.Length == 0 ? rest[..1] : Write(time, part));
            rest = rest[Math.Max(part.Length, 1)..];
        }

        return text.ToString();
    }

    public static TimeValue Parse(string text, string layout, TimeZoneInfo zone)
    {
        var reader = new Reader(text, layout);
        return reader.Read(zone);
    }

    public static string OffsetText(TimeSpan offset, bool colon)
    {
        var minutes = (int)Math.Abs(offset.TotalMinutes);
        return string.Create(CultureInfo.InvariantCulture, $"{(offset < TimeSpan.Zero ? '-' : '+')}{minutes / 60:00}{(colon ? ":" : "")}{minutes % 60:00}");
    }

    /// <summary>The part a layout begins with; empty when it begins with other text.</summary>
    private static string Next(ReadOnlySpan<char> layout)
    {
        if (layout is ['.' or ',', '0' or '9', ..])
        {
            var digits = layout[1..].IndexOfAnyExcept(layout[1]);
            var length = digits < 0 ? layout.Length : digits + 1;
            return length == layout.Length || !char.IsAsciiDigit(layout[length]) ? layout[..length].ToString() : "";
        }

        foreach (var part in Parts)
        {
            if (layout.StartsWith(part, StringComparison.Ordinal) && !IsOtherText(part, layout[part.Length..]))
            {
                return part;
            }
        }

        return "";
    }

    /// <summary>A short name inside a longer word is no part, and <c>_2006</c> is a year after a line.</summary>
    private static bool IsOtherText(string part, ReadOnlySpan<char> next) =>
        (part is "Jan" or "Mon" && next is [>= 'a' and <= 'z', ..]) || (part == "_2" && next.StartsWith("006", StringComparison.Ordinal));

    private static string Write(TimeValue time, string part)
    {
        var at = time.Local;
        return part switch
        {
            "January" => Months[at.Month - 1],
            "Jan" => Months[at.Month - 1][..3],
            "Monday" => Days[(int)at.DayOfWeek],
            "Mon" => Days[(int)at.DayOfWeek][..3],
            "MST" => time.ZoneName,
            "2006" => Number(at.Year, 4),
            "06" => Number(at.Year % 100, 2),
            "01" => Number(at.Month, 2),
            "1" => Number(at.Month, 1),
            "02" => Number(at.Day, 2),
            "2" => Number(at.Day, 1),
            "_2" => Number(at.Day, 1).PadLeft(2),
            "002" => Number(at.DayOfYear, 3),
            "__2" => Number(at.DayOfYear, 1).PadLeft(3),
            "15" => Number(at.Hour, 2),
            "03" => Number(Hour12(at), 2),
            "3" => Number(Hour12(at), 1),
            "04" => Number(at.Minute, 2),
            "4" => Number(at.Minute, 1),
            "05" => Number(at.Second, 2),
            "5" => Number(at.Second, 1),
            "PM" => at.Hour < 12 ? "AM" : "PM",
            "pm" => at.Hour < 12 ? "am" : "pm",
            "-07:00" => OffsetText(time.Offset, colon: true),
            "-0700" => OffsetText(time.Offset, colon: false),
            "-07" => OffsetText(time.Offset, colon: false)[..3],
            "Z07:00" => time.Offset == TimeSpan.Zero ? "Z" : OffsetText(time.Offset, colon: true),
            "Z0700" => time.Offset == TimeSpan.Zero ? "Z" : OffsetText(time.Offset, colon: false),
            "Z07" => time.Offset == TimeSpan.Zero ? "Z" : OffsetText(time.Offset, colon: false)[..3],
            _ => Fraction(time.Nanosecond, part),
        };
    }

    /// <summary>Zeros keep their places, nines drop the zeros at the end.</summary>
    private static string Fraction(int nanosecond, string part)
    {
        var places = Math.Min(part.Length - 1, 9);
        var digits = Number(nanosecond, 9)[..places];
        digits = part[1] == '9' ? digits.TrimEnd('0') : digits;
        return digits.Length == 0 ? "" : part[0] + digits;
    }

    private static string Number(int number, int digits) => number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');

    private static int Hour12(DateTime at) => at.Hour % 12 == 0 ? 12 : at.Hour % 12;

    /// <summary>Reads a moment along a layout.</summary>
    private ref struct Reader(string text, string layout)
    {
        private ReadOnlySpan<char> _rest = text;
        private int _year = 1;
        private int _month = 1;
        private int _day = 1;
        private int _dayOfYear;
        private int _hour;
        private int _minute;
        private int _second;
        private int _nanosecond;
        private bool? _afternoon;
        private TimeSpan? _offset;

        public TimeValue Read(TimeZoneInfo zone)
        {
            var pattern = layout.AsSpan();
            while (!pattern.IsEmpty)
            {
                var part = Next(pattern);
                if (part.Length == 0)
                {
                    Expect(pattern[0]);
                }
                else
                {
                    Take(part);
                }

                pattern = pattern[Math.Max(part.Length, 1)..];
            }

            return _rest.IsEmpty ? Moment(zone) : throw Error("extra text");
        }

        private readonly EvalException Error(string what) =>
            new($"cannot parse {Value.Of(text).Repr()} as {Value.Of(layout).Repr()}: {what}{(_rest.IsEmpty ? "" : $" at {Value.Of(_rest.ToString()).Repr()}")}");

        private TimeValue Moment(TimeZoneInfo zone)
        {
            if (_dayOfYear > 0 && _year is >= 1 and <= 9999 && _dayOfYear <= (DateTime.IsLeapYear(_year) ? 366 : 365))
            {
                var date = new DateTime(_year, 1, 1).AddDays(_dayOfYear - 1);
                (_month, _day, _dayOfYear) = (date.Month, date.Day, 0);
            }

            var hour = _afternoon is { } afternoon ? (_hour % 12) + (afternoon ? 12 : 0) : _hour;
            if (_year is < 1 or > 9999 || _dayOfYear > 0 || _month is < 1 or > 12 || _day < 1 || _day > DateTime.DaysInMonth(_year, _month)
                || hour > 23 || _minute > 59 || _second > 59)
            {
                throw Error("a number is out of range");
            }

            var local = new DateTime(_year, _month, _day, hour, _minute, _second, DateTimeKind.Unspecified);
            if (_offset is not { } offset)
            {
                return TimeValue.At(local, _nanosecond, zone);
            }

            var shown = offset == TimeSpan.Zero
                ? TimeZoneInfo.Utc
                : TimeZoneInfo.CreateCustomTimeZone(OffsetText(offset, colon: true), offset, null, null);
            return TimeValue.At(local, _nanosecond, shown);
        }

        private void Take(string part)
        {
            switch (part)
            {
                case "January":
                    _month = Name(Months, 0) + 1;
                    break;
                case "Jan":
                    _month = Name(Months, 3) + 1;
                    break;
                case "Monday":
                    Name(Days, 0);
                    break;
                case "Mon":
                    Name(Days, 3);
                    break;
                case "MST":
                    Zone();
                    break;
                case "2006":
                    _year = Number(4, 4);
                    break;
                case "06":
                    var year = Number(2, 2);
                    _year = year + (year < 69 ? 2000 : 1900);
                    break;
                case "01" or "1":
                    _month = Number(part.Length, 2);
                    break;
                case "02" or "2" or "_2":
                    _rest = part == "_2" ? _rest.TrimStart(' ') : _rest;
                    _day = Number(part == "02" ? 2 : 1, 2);
                    break;
                case "002" or "__2":
                    _rest = part == "__2" ? _rest.TrimStart(' ') : _rest;
                    _dayOfYear = Number(part == "002" ? 3 : 1, 3) is > 0 and var day ? day : throw Error("a number is out of range");
                    break;
                case "15" or "03" or "3":
                    _hour = Number(part.Length, 2);
                    break;
                case "04" or "4":
                    _minute = Number(part.Length, 2);
                    break;
                case "05" or "5":
                    _second = Number(part.Length, 2);
                    TakeFraction(layoutHasFraction: false);
                    break;
                case "PM" or "pm":
                    _afternoon = Half();
                    break;
                case ['.' or ',', ..]:
                    TakeFraction(layoutHasFraction: part[1] == '0');
                    break;
                default:
                    Offset(part);
                    break;
            }
        }

        private void Expect(char c)
        {
            if (_rest.IsEmpty || _rest[0] != c)
            {
                throw Error($"want '{c}'");
            }

            _rest = _rest[1..];
        }

        private int Number(int least, int most)
        {
            var digits = 0;
            while (digits < most && digits < _rest.Length && char.IsAsciiDigit(_rest[digits]))
            {
                digits++;
            }

            if (digits < least)
            {
                throw Error("want a number");
            }

            var number = int.Parse(_rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
            _rest = _rest[digits..];
            return number;
        }

        private int Name(string[] names, int length)
        {
            for (var i = 0; i < names.Length; i++)
            {
                var name = length > 0 ? names[i][..length] : names[i];
                if (_rest.StartsWith(name, StringComparison.OrdinalIgnoreCase))
                {
                    _rest = _rest[name.Length..];
                    return i;
                }
            }

            throw Error("want a name");
        }

        private bool Half()
        {
            var afternoon = _rest.StartsWith("PM", StringComparison.OrdinalIgnoreCase);
            _rest = afternoon || _rest.StartsWith("AM", StringComparison.OrdinalIgnoreCase) ? _rest[2..] : throw Error("want AM or PM");
            return afternoon;
        }

        /// <summary>A fraction may follow the seconds even where the layout has none.</summary>
        private void TakeFraction(bool layoutHasFraction)
        {
            if (_rest.Length < 2 || _rest[0] is not ('.' or ',') || !char.IsAsciiDigit(_rest[1]))
            {
                _ = layoutHasFraction && _nanosecond == 0 ? throw Error("want a fraction") : 0;
                return;
            }

            var digits = _rest[1..].IndexOfAnyExceptInRange('0', '9');
            var fraction = digits < 0 ? _rest[1..] : _rest.Slice(1, digits);
            _nanosecond = int.Parse(fraction[..Math.Min(9, fraction.Length)].ToString().PadRight(9, '0'), NumberStyles.None, CultureInfo.InvariantCulture);
            _rest = _rest[(fraction.Length + 1)..];
        }

        private void Zone()
        {
            var letters = 0;
            while (letters < _rest.Length && letters < 5 && char.IsAsciiLetterUpper(_rest[letters]))
            {
                letters++;
            }

            if (letters < 3)
            {
                throw Error("want a time zone");
            }

            _offset ??= _rest[..letters] is "UTC" or "GMT" ? TimeSpan.Zero : null;
            _rest = _rest[letters..];
        }

        private void Offset(string part)
        {
            if (part[0] == 'Z' && _rest is ['Z', ..])
            {
                _offset = TimeSpan.Zero;
                _rest = _rest[1..];
                return;
            }

            var negative = _rest is ['-', ..];
            _rest = negative || _rest is ['+', ..] ? _rest[1..] : throw Error("want a distance from UTC");
            var hours = Number(2, 2);
            if (part.Contains(':', StringComparison.Ordinal))
            {
                Expect(':');
            }

            var minutes = part.EndsWith('0') ? Number(2, 2) : 0;
            if (hours > 14 || minutes > 59 || (hours == 14 && minutes > 0))
            {
                throw Error("a distance from UTC is at most 14:00");
            }

            _offset = new TimeSpan(negative ? -hours : hours, negative ? -minutes : minutes, 0);
        }
    }
}
