using System.Globalization;
using System.Numerics;

namespace Starlark;

/// <summary>A moment with the location whose calendar it is shown in.</summary>
public sealed class TimeValue : StarlarkObject, IBinaryOperand, IOrdered
{
    private static readonly MethodTable Table = new(
    [
        Method.Of("format", "layout", (_, s, a) => Value.Of(TimeLayout.Format((TimeValue)s.Ref!, a.Text(0)))),
        Method.Of("in_location", "location", (_, s, a) => Value.Of(new TimeValue(((TimeValue)s.Ref!).UnixNanoseconds, Location(a.Text(0))))),
    ]);

    private static readonly Int128 FirstNanosecond = NanosecondsOf(DateTime.MinValue);
    private static readonly Int128 LastNanosecond = NanosecondsOf(DateTime.MaxValue);

    /// <summary>Creates a moment.</summary>
    /// <param name="unixNanoseconds">Nanoseconds since 1970-01-01 UTC.</param>
    /// <param name="zone">Location it is shown in.</param>
    /// <exception cref="EvalException">The year is outside 1 to 9999.</exception>
    public TimeValue(Int128 unixNanoseconds, TimeZoneInfo zone)
    {
        if (unixNanoseconds < FirstNanosecond || unixNanoseconds > LastNanosecond)
        {
            throw new EvalException("time out of range: years are 1 to 9999");
        }

        (UnixNanoseconds, Zone) = (unixNanoseconds, zone);
        var seconds = FloorDivide(unixNanoseconds, 1_000_000_000);
        Nanosecond = (int)(unixNanoseconds - (seconds * 1_000_000_000));
        var utc = DateTime.UnixEpoch.AddSeconds((double)(long)seconds);
        Offset = zone.GetUtcOffset(utc);
        Local = InRange(utc, Offset);
    }

    /// <summary>Nanoseconds since 1970-01-01 UTC.</summary>
    public Int128 UnixNanoseconds { get; }

    /// <summary>Location it is shown in.</summary>
    public TimeZoneInfo Zone { get; }

    /// <inheritdoc/>
    public override string TypeName => "time.time";

    /// <inheritdoc/>
    public override IEnumerable<string> AttributeNames =>
        ["day", "hour", "minute", "month", "nanosecond", "second", "unix", "unix_nano", "year"];

    /// <inheritdoc/>
    protected internal override MethodTable Methods => Table;

    /// <summary>Date and time of day in its location, to the second.</summary>
    internal DateTime Local { get; }

    /// <summary>Distance of its location from UTC.</summary>
    internal TimeSpan Offset { get; }

    internal int Nanosecond { get; }

    /// <summary>Short name of its location at the moment, as far as it is known; otherwise the distance from UTC.</summary>
    internal string ZoneName =>
        Zone.Equals(TimeZoneInfo.Utc) ? "UTC" : TimeLayout.OffsetText(Offset, colon: false);

    /// <inheritdoc/>
    public override bool TryGetAttribute(string name, out Value value)
    {
        value = name switch
        {
            "year" => Value.Of(Local.Year),
            "month" => Value.Of(Local.Month),
            "day" => Value.Of(Local.Day),
            "hour" => Value.Of(Local.Hour),
            "minute" => Value.Of(Local.Minute),
            "second" => Value.Of(Local.Second),
            "nanosecond" => Value.Of(Nanosecond),
            "unix" => Value.Of((long)FloorDivide(UnixNanoseconds, 1_000_000_000)),
            "unix_nano" => Value.Of((BigInteger)UnixNanoseconds),
            _ => default,
        };
        return !value.IsUnset;
    }

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.Write(TimeLayout.Format(this, "2006-01-02 15:04:05.999999999 -0700 MST"));

    /// <inheritdoc/>
    public override bool TryHash(out int h)
    {
        h = UnixNanoseconds.GetHashCode();
        return true;
    }

    /// <inheritdoc/>
    public override bool EqualTo(StarlarkObject other, int depth) => other is TimeValue t && t.UnixNanoseconds == UnixNanoseconds;

    /// <inheritdoc/>
    public int CompareTo(StarlarkObject other) => UnixNanoseconds.CompareTo(((TimeValue)other).UnixNanoseconds);

    /// <inheritdoc/>
    public bool TryBinary(string operation, Value left, Value right, out Value result)
    {
        result = (operation, left.Ref, right.Ref) switch
        {
            ("+", TimeValue t, DurationValue d) => Value.Of(t.Plus(d.Nanoseconds)),
            ("-", TimeValue t, DurationValue d) => Value.Of(t.Plus(-(Int128)d.Nanoseconds)),
            ("-", TimeValue a, TimeValue b) => Difference(a, b),
            _ => default,
        };
        return !result.IsUnset;
    }

    /// <summary>The location of a name of the time zone database; <c>""</c> is UTC.</summary>
    /// <exception cref="EvalException">There is none.</exception>
    internal static TimeZoneInfo Location(string name) =>
        TryLocation(name) ?? throw new EvalException($"unknown location {Value.Of(name).Repr()}");

    internal static TimeZoneInfo? TryLocation(string name) =>
        name is "" or "UTC" ? TimeZoneInfo.Utc
        : name == "Local" ? TimeZoneInfo.Local
        : TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;

    /// <summary>The moment at which a calendar of a location shows a date and time of day.</summary>
    internal static TimeValue At(DateTime local, int nanosecond, TimeZoneInfo zone)
    {
        var clock = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        var offset = zone.IsInvalidTime(clock) ? zone.GetUtcOffset(clock.AddHours(-1)) : zone.GetUtcOffset(clock);
        return new TimeValue(NanosecondsOf(clock) - (offset.Ticks * (Int128)100) + nanosecond, zone);
    }

    internal TimeValue Plus(Int128 nanoseconds) => new(UnixNanoseconds + nanoseconds, Zone);

    internal static Int128 NanosecondsOf(DateTime utc) => (Int128)(utc.Ticks - DateTime.UnixEpoch.Ticks) * 100;

    private static Value Difference(TimeValue a, TimeValue b)
    {
        var nanoseconds = a.UnixNanoseconds - b.UnixNanoseconds;
        return nanoseconds >= long.MinValue && nanoseconds <= long.MaxValue
            ? Value.Of(new DurationValue((long)nanoseconds))
            : throw new EvalException("duration out of range");
    }

    private static Int128 FloorDivide(Int128 number, Int128 divisor)
    {
        var quotient = number / divisor;
        return number % divisor < 0 ? quotient - 1 : quotient;
    }

    private static DateTime InRange(DateTime utc, TimeSpan offset)
    {
        var ticks = utc.Ticks + offset.Ticks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime(ticks, DateTimeKind.Unspecified)
            : throw new EvalException(string.Create(CultureInfo.InvariantCulture, $"time out of range: years are 1 to 9999"));
    }
}
