using System.Text.Json;
using Faultbox.Core.Diagnostics;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Json;

/// <summary>Diagnostics as JSON objects.</summary>
internal static class DiagnosticJson
{
    public static void WriteAll(Utf8JsonWriter json, IEnumerable<Diagnostic> diagnostics, Redactor redactor) =>
        WriteAll(json, "diagnostics", diagnostics, redactor);

    public static void WriteAll(Utf8JsonWriter json, string property, IEnumerable<Diagnostic> diagnostics, Redactor redactor)
    {
        json.WriteStartArray(property);
        foreach (var diagnostic in diagnostics)
        {
            Write(json, diagnostic, redactor);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Diagnostic diagnostic, Redactor redactor)
    {
        json.WriteStartObject();
        json.WriteString("level", Word(diagnostic.Level));
        json.WriteString("code", diagnostic.Code);
        json.WriteString("message", redactor.Text(diagnostic.Message));
        json.WriteString("suggestion", redactor.Text(diagnostic.Suggestion));
        json.WriteOptional("service", diagnostic.Service);
        json.WriteOptional("syscall", diagnostic.Syscall);
        if (diagnostic.Position is { } position)
        {
            json.WriteString("file", position.File);
            json.WriteNumber("line", position.Line);
            json.WriteNumber("col", position.Column);
        }

        json.WriteEndObject();
    }

    private static string Word(DiagnosticLevel level) => level switch
    {
        DiagnosticLevel.Error => "error",
        DiagnosticLevel.Warning => "warning",
        _ => "info",
    };
}
