using Faultbox.Core.Topology;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Testing;

/// <summary><c>sleep()</c> and <c>duration()</c>.</summary>
internal static class TimeBuiltins
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary><c>sleep()</c>.</summary>
    public static BuiltinDeclaration Sleep { get; } = new(
        "sleep",
        "Waits, letting the services run.",
        RunSleep,
        ParameterDeclaration.Required("duration", "duration", "How long."),
        ParameterDeclaration.Optional("clock", "string", "\"wall\"", "Only \"wall\"."))
    {
        Phase = CallPhase.Body,
    };

    /// <summary><c>duration()</c>.</summary>
    public static BuiltinDeclaration Duration { get; } = new(
        "duration",
        "Nanoseconds of a duration text.",
        (in BuiltinCall call) => Durations.TryParseNanoseconds(call.Text("s"), out var nanoseconds)
            ? Value.Of(nanoseconds)
            : throw call.Error($"bad duration \"{call.Text("s")}\"; write a number with a unit, such as \"250ms\" or \"1m30s\""),
        ParameterDeclaration.Required("s", "string", "Text such as \"250ms\".") with { Form = ParameterForm.Positional })
    {
        Returns = "int",
    };

    private static Value RunSleep(in BuiltinCall call)
    {
        TestBuiltins.CheckClock(call);
        var duration = call.Duration("duration", default);
        var scope = call.Scope;
        if (scope.Remaining is { } remaining && duration > remaining)
        {
            throw call.Error(
                $"{Durations.Text(duration)} is longer than what is left of the test's budget ({Durations.Text(RoundToMilliseconds(remaining))}); raise timeout= of the test");
        }

        scope.Block(() =>
        {
            scope.Cancellation.WaitHandle.WaitOne(duration < LongestWait ? duration : LongestWait);
            scope.Cancellation.ThrowIfCancellationRequested();
            return true;
        });
        return Value.None;
    }

    private static TimeSpan RoundToMilliseconds(TimeSpan duration) =>
        TimeSpan.FromMilliseconds(Math.Max(0, Math.Floor(duration.TotalMilliseconds)));
}
