using System.Text.Json;
using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Json;

/// <summary>One row of the run document.</summary>
internal static class TestJson
{
    /// <summary>Writes the row with its events.</summary>
    public static void Write(Utf8JsonWriter json, string specRoot, TestResult test, Redactor redactor)
    {
        json.WriteStartObject();
        WriteProperties(json, specRoot, test, redactor);
        EventJson.WriteAll(json, test.Log.From(0), redactor);
        json.WriteEndObject();
    }

    /// <summary>Writes everything of the row but its events.</summary>
    public static void WriteProperties(Utf8JsonWriter json, string specRoot, TestResult test, Redactor redactor)
    {
        var outcome = Outcome.Of(test);
        json.WriteString("name", test.Name);
        json.WriteString("result", Outcome.Word(test.Result));
        json.WriteString("outcome", outcome);
        json.WriteOptional("reason", Redacted(test.Reason));
        json.WriteOptional("failure_type", FailureTypes.Word(test.FailureType));
        json.WriteNumber("seed", test.Seed);
        json.WriteNumber("duration_ms", test.Duration.Milliseconds());
        json.WriteString("started_at", test.StartedAt.Precise());
        if (test.Run is { } run)
        {
            json.WriteNumber("run", run);
        }

        LeafJson.Write(json, test);
        if (test.Source is { } source)
        {
            json.WriteStartObject("source");
            json.WriteString("file", source.File);
            json.WriteNumber("line", source.Line);
            json.WriteEndObject();
        }

        json.WriteOptional("return_value", Redacted(test.ReturnValue));
        if (test.Result is Result.Fail or Result.Error)
        {
            json.WriteString("replay_command", ReplayCommand.For(specRoot, test));
        }

        ScenarioJson.Write(json, test);
        WriteFlag(json, "expectation_violated", outcome);
        WriteFlag(json, "fault_bypassed", outcome);
        WriteFlag(json, "strict_determinism_violation", outcome);
        FaultJson.WriteBypassed(json, test);
        WriteErrorDetail(json, test, redactor);
        if (test.Reasons.Count > 0)
        {
            json.WriteStrings("reasons", test.Reasons.Select(redactor.Text));
        }

        json.WriteString("cause", test.Cause);
        json.WriteOptional("detail", Redacted(test.Detail));
        WriteTraceback(json, test);
        FaultJson.WriteAll(json, test);
        WriteSyscalls(json, test);
        if (test.Diagnostics.Count > 0)
        {
            DiagnosticJson.WriteAll(json, test.Diagnostics, redactor);
        }

        json.WriteNumber("assertions", test.Assertions);
        WriteMonitors(json, test);
        WriteAssertion(json, test, redactor);
        json.WriteOptional("prints", Redacted(test.Prints));
        if (test.BodyLeaked)
        {
            json.WriteBoolean("body_leaked", true);
        }

        string? Redacted(string? text) => text is null ? null : redactor.Text(text);
    }

    private static void WriteFlag(Utf8JsonWriter json, string name, string outcome)
    {
        if (outcome == name)
        {
            json.WriteBoolean(name, true);
        }
    }

    private static void WriteErrorDetail(Utf8JsonWriter json, TestResult test, Redactor redactor)
    {
        if (test.Result != Result.Fail)
        {
            return;
        }

        json.WriteStartObject("error_detail");
        json.WriteOptional("assertion_type", FailureTypes.Word(test.FailureType));
        json.WriteOptional("message", test.Reason is null ? null : redactor.Text(test.Reason));
        json.WriteEndObject();
    }

    private static void WriteTraceback(Utf8JsonWriter json, TestResult test)
    {
        if (test.Traceback.Count == 0)
        {
            return;
        }

        json.WriteStartArray("traceback");
        foreach (var frame in test.Traceback)
        {
            json.WriteStartObject();
            json.WriteString("file", frame.Position.File);
            json.WriteNumber("line", frame.Position.Line);
            json.WriteNumber("col", frame.Position.Column);
            json.WriteString("name", frame.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMonitors(Utf8JsonWriter json, TestResult test)
    {
        if (test.Monitors.Count == 0)
        {
            return;
        }

        json.WriteNumber("checks", test.Monitors.Sum(m => m.Matched));
        json.WriteStartArray("monitors");
        foreach (var monitor in test.Monitors)
        {
            json.WriteStartObject();
            json.WriteString("name", monitor.Name);
            json.WriteNumber("matched", monitor.Matched);
            json.WriteNumber("violations", monitor.Violations);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSyscalls(Utf8JsonWriter json, TestResult test)
    {
        if (test.Syscalls.Count == 0)
        {
            return;
        }

        json.WriteStartObject("syscall_summary");
        foreach (var summary in test.Syscalls)
        {
            json.WriteStartObject(summary.Service);
            json.WriteNumber("total", summary.Total);
            json.WriteNumber("faulted", summary.Faulted);
            json.WriteNumber("dropped_notifications", summary.DroppedNotifications);
            json.WriteStartObject("breakdown");
            foreach (var (call, count) in summary.Breakdown)
            {
                json.WriteNumber(call, count);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteAssertion(Utf8JsonWriter json, TestResult test, Redactor redactor)
    {
        if (test.Assertion is not { } assertion)
        {
            return;
        }

        json.WriteStartObject("assertion");
        json.WriteString("func", assertion.Function);
        WriteText("expected", assertion.Expected);
        WriteText("actual", assertion.Actual);
        WriteText("message", assertion.Message);
        WriteText("expression", assertion.Expression);
        if (assertion.Position is { } position)
        {
            json.WriteString("file", position.File);
            json.WriteNumber("line", position.Line);
        }

        if (assertion.Context.Count > 0)
        {
            json.WriteStartArray("context");
            foreach (var sequence in assertion.Context)
            {
                WriteContext(json, test.Log[(int)sequence - 1], redactor);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();

        void WriteText(string name, string? text) => json.WriteOptional(name, text is null ? null : redactor.Text(text));
    }

    private static void WriteContext(Utf8JsonWriter json, TraceEvent e, Redactor redactor)
    {
        json.WriteStartObject();
        json.WriteNumber("seq", e.Sequence);
        json.WriteString("type", e.Type);
        foreach (var name in (ReadOnlySpan<string>)["target", "method", "summary", "status_code", "error", "success"])
        {
            if (e.Field(name) is { } value)
            {
                json.WriteString(name, redactor.Field(name, value));
            }
        }

        json.WriteEndObject();
    }
}
