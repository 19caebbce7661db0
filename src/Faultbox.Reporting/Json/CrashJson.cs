using System.Text.Json;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Json;

/// <summary>The record of an internal defect.</summary>
internal static class CrashJson
{
    public static void Write(Utf8JsonWriter json, CrashRecord? crash, Redactor redactor)
    {
        if (crash is null)
        {
            return;
        }

        json.WriteStartObject("crash");
        json.WriteString("panic", redactor.Text(crash.Panic));
        json.WriteOptional("stack", crash.Stack is null ? null : redactor.Text(crash.Stack));
        json.WriteOptional("last_test", crash.LastTest);
        json.WriteEndObject();
    }
}
