using System.Text.Json;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Json;

/// <summary>One row of a bundle's manifest.</summary>
internal static class ManifestRowJson
{
    public static void Write(Utf8JsonWriter json, TestResult test, Redactor redactor, int traceIndex)
    {
        json.WriteStartObject();
        json.WriteString("name", test.Name);
        json.WriteString("outcome", Outcome.Of(test));
        json.WriteNumber("duration_ms", test.Duration.Milliseconds());
        json.WriteNumber("seed", test.Seed);
        ScenarioJson.Write(json, test);
        ScenarioJson.WriteWarnings(json, test);
        FaultJson.WriteBypassed(json, test);
        if (test.Run is { } run)
        {
            json.WriteNumber("run", run);
        }

        LeafJson.Write(json, test);
        json.WriteOptional("reason", test.Reason is null ? null : redactor.Text(test.Reason));
        json.WriteOptional("failure_type", FailureTypes.Word(test.FailureType));
        if (test.Source is { } source)
        {
            json.WriteStartObject("source");
            json.WriteString("file", source.File);
            json.WriteNumber("line", source.Line);
            json.WriteEndObject();
        }

        json.WriteNumber("trace_index", traceIndex);
        json.WriteEndObject();
    }
}
