using System.Text.Json;
using Faultbox.Core.Verdicts;

namespace Faultbox.Reporting.Json;

/// <summary>The declared faults of a row with what became of them; a rule that never fired is listed with 0 hits.</summary>
internal static class FaultJson
{
    public static void WriteAll(Utf8JsonWriter json, TestResult test)
    {
        if (test.Faults.Count == 0)
        {
            return;
        }

        json.WriteStartArray("faults");
        foreach (var fault in test.Faults.OrderBy(f => f.Windows[0].FromSequence).ThenBy(f => f.Keyword, StringComparer.Ordinal))
        {
            Write(json, fault);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, FaultSummary fault)
    {
        json.WriteStartObject();
        json.WriteString("service", fault.Service);
        json.WriteString("syscall", fault.Keyword);
        json.WriteString("action", fault.Action);
        json.WriteOptional(fault.Action == "kill" ? "signal" : "errno", fault.Detail);
        json.WriteNumber("hits", fault.Hits);
        json.WriteOptional("label", fault.Label);
        json.WriteString("layer", fault.Protocol is null ? "syscall" : "protocol");
        if (fault.Protocol is { } rule)
        {
            json.WriteString("interface", rule.Interface);
            json.WriteString("protocol", rule.Protocol);
            json.WriteString("rule", rule.Rule);
            json.WriteOptional("assumption", rule.Assumption);
            json.WriteNumber("seen", rule.Seen);
        }

        json.WriteOptional("op", fault.Operation);
        json.WriteNumber("matches", fault.Matches);
        if (fault.Action == "delay")
        {
            json.WriteOptional("duration", fault.Detail);
        }

        json.WriteOptional("hint", fault.Hint);
        json.WriteNumber("from_seq", fault.Windows[0].FromSequence);
        if (fault.Windows.All(w => w.ToSequence > 0))
        {
            json.WriteNumber("to_seq", fault.Windows.Max(w => w.ToSequence));
        }

        json.WriteStartArray("windows");
        foreach (var window in fault.Windows)
        {
            WriteWindow(json, window);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteWindow(Utf8JsonWriter json, RuleUse window)
    {
        json.WriteStartObject();
        json.WriteNumber("from_seq", window.FromSequence);
        if (window.ToSequence > 0)
        {
            json.WriteNumber("to_seq", window.ToSequence);
        }

        json.WriteString("rule", window.Rule);
        json.WriteNumber("window_hits", window.Hits);
        json.WriteEndObject();
    }

    /// <summary>Writes <c>bypassed_rules</c>: the rules that matched nothing although they should have.</summary>
    public static void WriteBypassed(Utf8JsonWriter json, TestResult test)
    {
        if (!test.Faults.Any(f => f.ZeroTraffic))
        {
            return;
        }

        json.WriteStartArray("bypassed_rules");
        foreach (var fault in test.Faults.Where(f => f.ZeroTraffic))
        {
            json.WriteStartObject();
            json.WriteString("service", fault.Service);
            json.WriteString("syscall", fault.Keyword);
            json.WriteString("action", fault.Action);
            json.WriteOptional("label", fault.Label);
            json.WriteOptional("interface", fault.Protocol?.Interface);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
