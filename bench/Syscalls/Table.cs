using System.Globalization;

namespace Faultbox.Bench.Syscalls;

/// <summary>Prints figures beside their targets.</summary>
internal sealed class Table
{
    private const string NoValue = "-";

    /// <summary>True when a figure missed its target.</summary>
    public bool AnyOver { get; private set; }

    /// <summary>Heads the rows about the cost of a call.</summary>
    public static void HeadCosts() => Console.WriteLine(
        $"{"write of 16 bytes to /dev/null",-46} {"µs/call",8} {"× native",9} {"× strace",9} {"added µs",9} {"target",8}");

    /// <summary>One kind of call.</summary>
    /// <param name="name">Name of the row.</param>
    /// <param name="nanoseconds">Time of one call.</param>
    /// <param name="native">Time of one call that nobody intercepts.</param>
    /// <param name="traced">Time of one call that strace changes; null where it is not installed.</param>
    /// <param name="target">Most microseconds that may be added; null for a row to compare with.</param>
    public void Cost(string name, double nanoseconds, double native, double? traced, double? target)
    {
        var added = (nanoseconds - native) / 1000;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-46} {nanoseconds / 1000,8:0.00} {nanoseconds / native,9:0.0} {(traced is { } t ? Number(nanoseconds / t, "0.000") : NoValue),9} {added,9:0.00} {Limit(target),8}  {Verdict(added, target)}"));
    }

    /// <summary>One other figure, which should be at most its target.</summary>
    public void Figure(string name, double value, string unit, double? target) =>
        Write(name, value, unit, target is { } t ? $"≤ {Number(t, "#,0.##")}" : NoValue, Verdict(value, target));

    /// <summary>One other figure, which should be at least its target.</summary>
    public void Rate(string name, double value, string unit, double target) =>
        Write(name, value, unit, $"≥ {Number(target, "#,0.##")}", Verdict(-value, -target));

    private static void Write(string name, double value, string unit, string target, string verdict) =>
        Console.WriteLine($"{name,-60} {Number(value, "#,0.00"),12} {unit,-8} {target,10}  {verdict}");

    private static string Limit(double? target) => target is { } t ? $"≤ {Number(t, "0")}" : NoValue;

    private string Verdict(double value, double? target)
    {
        var over = value > target;
        AnyOver |= over;
        return target is null ? "" : over ? "over" : "PASS";
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
