using System.Text.Json;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Tests.Support;

/// <summary>A row that runs an action whenever it is written, first into the trace, then into the manifest.</summary>
internal sealed class ProbeRow(Action written) : IRecordedRow
{
    public string Name => "test_probe";

    public string Outcome => "passed";

    public string Result => "pass";

    public bool IsCell => false;

    public void WriteManifestRow(Utf8JsonWriter json, Redactor redactor, int traceIndex) => Write(json);

    public void WriteTrace(Utf8JsonWriter json, Redactor redactor) => Write(json);

    private void Write(Utf8JsonWriter json)
    {
        written();
        json.WriteStartObject();
        json.WriteEndObject();
    }
}
