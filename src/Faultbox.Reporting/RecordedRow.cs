using System.Text.Json;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Json;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting;

/// <summary>A row that can be written, wherever its data lives.</summary>
public interface IRecordedRow
{
    /// <summary>Test name.</summary>
    string Name { get; }

    /// <summary>Outcome word.</summary>
    string Outcome { get; }

    /// <summary>Verdict word.</summary>
    string Result { get; }

    /// <summary>True for a cell of a matrix.</summary>
    bool IsCell { get; }

    /// <summary>Writes the row as an object of the manifest.</summary>
    void WriteManifestRow(Utf8JsonWriter json, Redactor redactor, int traceIndex);

    /// <summary>Writes the row with all its events as an object of the run document.</summary>
    void WriteTrace(Utf8JsonWriter json, Redactor redactor);
}

/// <summary>A test without a verdict whose events were kept.</summary>
public interface IInterruptedRow
{
    /// <summary>Test name.</summary>
    string Name { get; }

    /// <summary>Writes it with its events as an object of the run document.</summary>
    void WriteTrace(Utf8JsonWriter json, Redactor redactor);
}

/// <summary>A row of a run that ended in this process.</summary>
internal sealed class TestRow(string specRoot, TestResult test) : IRecordedRow
{
    public string Name => test.Name;

    public string Outcome => Core.Verdicts.Outcome.Of(test);

    public string Result => Core.Verdicts.Outcome.Word(test.Result);

    public bool IsCell => test.Scenario?.Cell is not null;

    public void WriteManifestRow(Utf8JsonWriter json, Redactor redactor, int traceIndex) =>
        ManifestRowJson.Write(json, test, redactor, traceIndex);

    public void WriteTrace(Utf8JsonWriter json, Redactor redactor) => TestJson.Write(json, specRoot, test, redactor);
}

/// <summary>A test of this process that was cut off.</summary>
internal sealed class CutOffRow(InterruptedTest test) : IInterruptedRow
{
    public string Name => test.Name;

    public void WriteTrace(Utf8JsonWriter json, Redactor redactor)
    {
        json.WriteStartObject();
        json.WriteString("name", test.Name);
        json.WriteNumber("seed", test.Seed);
        json.WriteStrings("services", test.ServiceStates.Select(redactor.Text));
        EventJson.WriteAll(json, test.Log.From(0), redactor);
        json.WriteEndObject();
    }
}
