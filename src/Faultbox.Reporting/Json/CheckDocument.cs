using Faultbox.Core.Diagnostics;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Json;

/// <summary>What checking a specification found.</summary>
/// <param name="Spec">Root specification as typed.</param>
/// <param name="Tests">Names of its tests, in execution order.</param>
/// <param name="PlanInstances">Executions that a run would make.</param>
/// <param name="Findings">Everything found, load errors first.</param>
/// <param name="Filters">Calls that each service's filter would intercept, by service.</param>
public sealed record CheckRecord(
    string Spec,
    IReadOnlyList<string> Tests,
    int PlanInstances,
    IReadOnlyList<Diagnostic> Findings,
    IReadOnlyDictionary<string, IReadOnlyCollection<string>> Filters)
{
    /// <summary>True when nothing found is an error.</summary>
    public bool IsOk => Findings.All(f => f.Level != DiagnosticLevel.Error);
}

/// <summary>The JSON document of <c>check --format json</c>.</summary>
public static class CheckDocument
{
    /// <summary>Version of the format.</summary>
    public const int Version = 1;

    /// <summary>Writes the document.</summary>
    /// <param name="stream">Receives UTF-8.</param>
    /// <param name="check">What was found.</param>
    /// <param name="redactor">Masks secrets.</param>
    public static void Write(Stream stream, CheckRecord check, Redactor redactor) => JsonFormat.WriteDocument(stream, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("schema_version", Version);
        json.WriteString("spec", check.Spec);
        json.WriteBoolean("ok", check.IsOk);
        json.WriteStrings("tests", check.Tests);
        json.WriteNumber("plan_instances", check.PlanInstances);
        DiagnosticJson.WriteAll(json, "findings", check.Findings, redactor);
        json.WriteStartObject("filters");
        foreach (var (service, calls) in check.Filters.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            json.WriteStrings(service, calls);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });
}
