using System.Text.Json;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Json;

/// <summary>The <c>matrix</c> section of the run document, made of the rows that are cells; several leaves or runs of a cell are one.</summary>
internal static class MatrixJson
{
    private static readonly string[] FromRow = ["expectation", "duration_ms", "reason", "bypassed_rules", "warnings", "leaf_id"];
    private static readonly string[] Undecided = ["inconclusive", "halted", "fault_bypassed"];

    public static void Write(Utf8JsonWriter json, RunRecord run, Redactor redactor)
    {
        var cells = run.Rows
            .Where(r => r.IsCell)
            .Select(r => ManifestRow(r, redactor))
            .GroupBy(r => Text(r, "name"))
            .Select(leaves => (Row: Outcome.Worst(leaves, r => Text(r, "outcome")), Leaves: leaves.Count()))
            .ToList();
        if (cells.Count == 0)
        {
            return;
        }

        json.WriteStartObject("matrix");
        json.WriteStrings("scenarios", InOrder(run.Matrices.SelectMany(m => m.Scenarios), cells.Select(c => InMatrix(c.Row, "scenario"))));
        json.WriteStrings("faults", InOrder(run.Matrices.SelectMany(m => m.Faults), cells.Select(c => InMatrix(c.Row, "fault"))));
        json.WriteStartArray("cells");
        foreach (var (row, leaves) in cells)
        {
            WriteCell(json, row, leaves);
        }

        json.WriteEndArray();
        WriteExcluded(json, run.Matrices.SelectMany(m => m.Excluded).Distinct());
        var outcomes = cells.Select(c => Text(c.Row, "outcome")).ToList();
        var passed = outcomes.Count(o => o == "passed");
        json.WriteNumber("total", outcomes.Count);
        json.WriteNumber("passed", passed);
        json.WriteNumber("failed", outcomes.Count(o => !Undecided.Contains(o)) - passed);
        foreach (var word in Undecided.Where(outcomes.Contains))
        {
            json.WriteNumber(word, outcomes.Count(o => o == word));
        }

        json.WriteEndObject();
    }

    private static void WriteCell(Utf8JsonWriter json, JsonElement row, int leaves)
    {
        json.WriteStartObject();
        json.WriteString("scenario", InMatrix(row, "scenario"));
        json.WriteString("fault", InMatrix(row, "fault"));
        json.WriteBoolean("passed", Text(row, "outcome") == "passed");
        json.WriteString("outcome", Text(row, "outcome"));
        foreach (var member in row.EnumerateObject().Where(m => FromRow.Contains(m.Name)))
        {
            member.WriteTo(json);
        }

        json.WriteString("test", Text(row, "name"));
        json.WriteNumber("leaves", leaves);
        json.WriteEndObject();
    }

    private static void WriteExcluded(Utf8JsonWriter json, IEnumerable<MatrixPair> excluded)
    {
        if (!excluded.Any())
        {
            return;
        }

        json.WriteStartArray("excluded");
        foreach (var pair in excluded)
        {
            json.WriteStartArray();
            json.WriteStringValue(pair.Scenario);
            json.WriteStringValue(pair.Fault);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    /// <summary>The names that occur, in the order they were declared.</summary>
    private static IEnumerable<string> InOrder(IEnumerable<string> declared, IEnumerable<string> seen)
    {
        var names = seen.Distinct().ToList();
        return declared.Distinct().Where(names.Contains).Union(names);
    }

    private static JsonElement ManifestRow(IRecordedRow row, Redactor redactor)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            row.WriteManifestRow(json, redactor, traceIndex: 0);
        }

        return JsonDocument.Parse(buffer.ToArray()).RootElement;
    }

    private static string Text(JsonElement row, string member) => row.GetProperty(member).GetString()!;

    private static string InMatrix(JsonElement row, string member) => Text(row.GetProperty("matrix"), member);
}
