using Faultbox.Core.Topology;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Testing;

/// <summary>Ready-made judgements of what a scenario returns: <c>expect_success()</c>, <c>expect_error_within()</c>, <c>expect_hang()</c>.</summary>
internal static class ExpectationBuiltins
{
    private const long ServerError = 500;

    /// <summary><c>expect_success()</c>.</summary>
    public static BuiltinDeclaration ExpectSuccess { get; } = new(
        "expect_success",
        "Expects a result that is no failure: not None, no status of 500 or more, and not ok = False.",
        (in BuiltinCall call) => Value.Of(new ExpectationValue(call.Name, call.Label, call.Position, OfSuccess)))
    {
        Returns = "expectation",
    };

    /// <summary><c>expect_error_within()</c>.</summary>
    public static BuiltinDeclaration ExpectErrorWithin { get; } = new(
        "expect_error_within",
        "Expects a failure, and soon: a status of 500 or more, an error, or ok = False, in no more than a number of milliseconds.",
        (in BuiltinCall call) =>
        {
            if (!call["ms"].TryGetInt64(out var ms) || call["ms"].TryGetBool(out _))
            {
                throw call.WrongType("ms", "int", call["ms"]);
            }

            return ms > 0
                ? Value.Of(new ExpectationValue(call.Name, $"expect_error_within(ms={ms})", call.Position, (in result) => OfError(result, ms)))
                : throw call.Error($"ms must be above 0, got {ms}");
        },
        ParameterDeclaration.Required("ms", "int", "Longest time until the failure, in milliseconds: duration_ms of the result, else the time of the scenario."))
    {
        Returns = "expectation",
    };

    /// <summary><c>expect_hang()</c>.</summary>
    public static BuiltinDeclaration ExpectHang { get; } = new(
        "expect_hang",
        "Expects a scenario that does not return before its timeout=, which is 30s unless given.",
        (in BuiltinCall call) => Value.Of(new ExpectationValue(call.Name, call.Label, call.Position, OfHang) { ExpectsHang = true }))
    {
        Returns = "expectation",
    };

    /// <summary>What is said of a scenario that was ended by its deadline.</summary>
    public static string DidNotReturn(TimeSpan deadline) => $"scenario did not return within {Durations.Text(deadline)}";

    private static string? OfSuccess(in ProbeResult result) =>
        result.MissedDeadline is { } deadline ? DidNotReturn(deadline)
        : result.Value.IsNone ? "the scenario returned None"
        : StatusOf(result.Value) is >= ServerError and var status ? $"status_code={status}"
        : IsNotOk(result.Value) ? ErrorOf(result.Value) is { Length: > 0 } error ? error : "ok is False"
        : null;

    private static string? OfError(in ProbeResult result, long ms)
    {
        if (result.MissedDeadline is { } deadline)
        {
            return DidNotReturn(deadline);
        }

        var status = StatusOf(result.Value);
        if (status is not >= ServerError && !IsNotOk(result.Value) && ErrorOf(result.Value) is not { Length: > 0 })
        {
            return $"returned success{(status is null ? "" : $" (status_code={status})")}";
        }

        var took = Member(result.Value, "duration_ms").TryGetInt64(out var stated) ? stated : (long?)result.Duration?.TotalMilliseconds;
        return took > ms ? $"took {took}ms — exceeded budget" : null;
    }

    private static string? OfHang(in ProbeResult result) =>
        result.MissedDeadline is null && !result.Value.IsNone ? $"expected no return, got {result.Value.Repr()}" : null;

    private static long? StatusOf(Value result) =>
        Member(result, "status_code").TryGetInt64(out var code) ? code
        : Member(result, "status").TryGetInt64(out var status) ? status
        : null;

    private static bool IsNotOk(Value result) => Member(result, "ok").TryGetBool(out var ok) && !ok;

    private static string? ErrorOf(Value result) => Member(result, "error") switch
    {
        { IsNone: true } => null,
        var error when error.TryGetString(out var text) => text,
        var error => error.Truth ? error.Repr() : null,
    };

    /// <summary>An attribute of an object, or the entry of a dictionary; <c>None</c> when there is none.</summary>
    private static Value Member(Value result, string name)
    {
        if (result.Is<StarlarkDict>(out var dict))
        {
            return dict.TryGet(Value.Of(name), out var entry) ? entry : Value.None;
        }

        return result.Object is { } o && o.TryGetAttribute(name, out var attribute) ? attribute : Value.None;
    }
}
