using System.Text.Json;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Json;

/// <summary>
/// The JSON document of a run: standard output of <c>--format json</c>, the file of <c>--output</c> and a bundle's <c>trace.json</c>,
/// byte for byte the same. Written as a stream; memory does not depend on the number of events.
/// </summary>
public static class RunDocument
{
    /// <summary>Version of the format.</summary>
    public const int Version = 2;

    /// <summary>Identity of the JSON Schema that describes the format.</summary>
    public const string Schema = "urn:faultbox:trace:2";

    /// <summary>Writes the document of a run.</summary>
    /// <param name="stream">Receives UTF-8.</param>
    /// <param name="run">The run.</param>
    /// <param name="redactor">Masks secrets.</param>
    /// <param name="bundle">Path of the bundle of this run, or null without one.</param>
    public static void Write(Stream stream, RunRecord run, Redactor redactor, string? bundle) =>
        JsonFormat.WriteDocument(stream, json => Write(json, run, redactor, bundle));

    /// <summary>Writes the document of a specification that did not load: nothing ran, the errors say why.</summary>
    /// <param name="stream">Receives UTF-8.</param>
    /// <param name="specRoot">Specification as typed.</param>
    /// <param name="diagnostics">The coded errors.</param>
    /// <param name="redactor">Masks secrets.</param>
    public static void WriteLoadError(Stream stream, string specRoot, IReadOnlyList<Diagnostic> diagnostics, Redactor redactor) =>
        JsonFormat.WriteDocument(stream, json =>
        {
            json.WriteStartObject();
            WriteHead(json, specRoot, TimeSpan.Zero);
            WriteCounts(json, [], aborted: 0, matched: 0);
            json.WriteNumber("exit_code", 1);
            DiagnosticJson.WriteAll(json, diagnostics, redactor);
            json.WriteStartArray("tests");
            json.WriteEndArray();
            json.WriteEndObject();
        });

    private static void Write(Utf8JsonWriter json, RunRecord run, Redactor redactor, string? bundle)
    {
        json.WriteStartObject();
        WriteHead(json, run.SpecRoot, run.Duration);
        json.WriteString("run_id", run.RunId);
        json.WriteNumber("seed", run.Seed);
        var notRun = run.Partial?.NotRun ?? [];
        WriteCounts(json, run.Rows, notRun.Count, run.Rows.Select(r => r.Name).Union(notRun).Count());
        if (run.ExitCode is { } code)
        {
            json.WriteNumber("exit_code", code);
        }

        json.WriteOptional("bundle", bundle);
        json.WriteOptional("signal", run.Partial?.Signal);
        CrashJson.Write(json, run.Crash, redactor);
        DiagnosticJson.WriteAll(json, run.Diagnostics, redactor);
        json.WriteStartArray("tests");
        foreach (var row in run.Rows)
        {
            row.WriteTrace(json, redactor);
        }

        json.WriteEndArray();
        MatrixJson.Write(json, run, redactor);
        WriteInterrupted(json, run, redactor);
        json.WriteEndObject();
    }

    private static void WriteHead(Utf8JsonWriter json, string specRoot, TimeSpan duration)
    {
        json.WriteNumber("version", Version);
        json.WriteString("schema", Schema);
        json.WriteString("star_file", specRoot);
        json.WriteNumber("duration_ms", duration.Milliseconds());
    }

    private static void WriteCounts(Utf8JsonWriter json, IReadOnlyList<IRecordedRow> rows, int aborted, int matched)
    {
        var errored = Count(Result.Error);
        var inconclusive = Count(Result.Inconclusive);
        json.WriteNumber("pass", Count(Result.Pass));
        json.WriteNumber("fail", Count(Result.Fail) + errored);
        if (inconclusive > 0)
        {
            json.WriteNumber("inconclusive", inconclusive);
        }

        json.WriteNumber("halted", Count(Result.Halted));
        json.WriteNumber("errored", errored);
        json.WriteNumber("aborted", aborted);
        json.WriteNumber("matched", matched);

        int Count(Result result) => rows.Count(r => r.Result == Outcome.Word(result));
    }

    private static void WriteInterrupted(Utf8JsonWriter json, RunRecord run, Redactor redactor)
    {
        if (run.Interrupted.Count == 0)
        {
            return;
        }

        json.WriteStartArray("interrupted");
        foreach (var row in run.Interrupted)
        {
            row.WriteTrace(json, redactor);
        }

        json.WriteEndArray();
    }
}
