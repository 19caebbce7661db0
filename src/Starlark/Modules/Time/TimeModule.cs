namespace Starlark;

/// <summary>The module <c>time</c>.</summary>
public static class TimeModule
{
    /// <summary>Creates the module with a clock.</summary>
    /// <param name="clock">What <c>time.now()</c> reads.</param>
    public static StarlarkModuleValue Create(TimeProvider clock)
    {
        var members = new NameTable();
        Add("from_timestamp", "sec= nsec=", a => FromTimestamp(a));
        Add("is_valid_timezone", "loc=", a => Value.Of(TimeValue.TryLocation(a.Text(0)) is not null));
        Add("now", "", a => Value.Of(new TimeValue(TimeValue.NanosecondsOf(clock.GetUtcNow().UtcDateTime), clock.LocalTimeZone)));
        Add("parse_duration", "d=", a => a[0].Ref is DurationValue ? a[0] : Value.Of(new DurationValue(DurationText.Parse(a.Text(0)))));
        Add("parse_time", "x= format= location=", a => Value.Of(TimeLayout.Parse(a.Text(0), a.Has(1) ? a.Text(1) : TimeLayout.Rfc3339, Zone(a, 2))));
        members["time"] = Value.Of(new StarlarkBuiltin(new Signature("time", Array.ConvertAll(Parts, p => Parameter.KeywordOnly(p))), (_, a) => Of(a)));
        foreach (var (name, nanoseconds) in Constants)
        {
            members[name] = Value.Of(new DurationValue(nanoseconds));
        }

        return new StarlarkModuleValue("time", members);

        void Add(string name, string parameters, Body body) => members[name] = Value.Of(new StarlarkBuiltin(
            new Signature(name, Required(Method.Parameters(parameters))), (_, a) => body(a)));
    }

    private delegate Value Body(BoundArguments args);

    private static (string Name, long Nanoseconds)[] Constants =>
    [
        ("nanosecond", 1), ("microsecond", 1_000), ("millisecond", 1_000_000), ("second", 1_000_000_000), ("minute", 60_000_000_000),
        ("hour", 3_600_000_000_000),
    ];

    private static readonly string[] Parts = ["year", "month", "day", "hour", "minute", "second", "nanosecond", "location"];

    /// <summary>The first parameter must be given.</summary>
    private static Parameter[] Required(Parameter[] parameters) =>
        parameters is [var first, ..] ? [first with { IsRequired = true }, .. parameters[1..]] : parameters;

    private static TimeZoneInfo Zone(BoundArguments a, int parameter) => TimeValue.Location(a.Has(parameter) ? a.Text(parameter) : "UTC");

    private static Value FromTimestamp(BoundArguments a) =>
        Value.Of(new TimeValue(((Int128)a.Int64(0) * 1_000_000_000) + a.Int64(1), TimeZoneInfo.Utc));

    /// <summary>Parts beyond their range carry over: second 70 is ten seconds into the next minute.</summary>
    private static Value Of(BoundArguments a)
    {
        var (year, month) = (a.Int64(0, 1), a.Int64(1, 1) - 1);
        year += Math.DivRem(month, 12, out month);
        (year, month) = month < 0 ? (year - 1, month + 12) : (year, month);
        if (year is < 1 or > 9999)
        {
            throw new EvalException("time out of range: years are 1 to 9999");
        }

        var seconds = (((((Int128)a.Int64(2, 1) - 1) * 24 + a.Int64(3)) * 60 + a.Int64(4)) * 60) + a.Int64(5);
        var first = TimeValue.NanosecondsOf(new DateTime((int)year, (int)month + 1, 1));
        var shown = new TimeValue(first + (seconds * 1_000_000_000) + a.Int64(6), TimeZoneInfo.Utc);
        return Value.Of(TimeValue.At(shown.Local, shown.Nanosecond, Zone(a, 7)));
    }
}
