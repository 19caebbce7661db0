using System.Text.Json;
using Faultbox.Core.Leaves;
using Faultbox.Core.Verdicts;

namespace Faultbox.Reporting.Json;

/// <summary>Which execution of a test a row is, for tests that have several.</summary>
internal static class LeafJson
{
    public static void Write(Utf8JsonWriter json, TestResult test)
    {
        if (test.Leaf is not { } leaf)
        {
            return;
        }

        json.WriteNumber("leaf_id", leaf.Id);
        json.WriteString("leaf_key", leaf.Key);
        WriteDigits(json, "leaf_choices", leaf, AxisKind.Choice);
        WriteOutcomes(json, leaf);
        WriteDigits(json, "leaf_interleavings", leaf, AxisKind.Ordering);
        if (leaf.Digits.Any(d => d.Axis.Kind == AxisKind.Schedule))
        {
            json.WriteStrings("leaf_gates", test.Gates);
        }
    }

    private static void WriteDigits(Utf8JsonWriter json, string name, Leaf leaf, AxisKind kind)
    {
        var digits = leaf.Digits.Where(d => d.Axis.Kind == kind).ToList();
        if (digits.Count == 0)
        {
            return;
        }

        json.WriteStartObject(name);
        foreach (var (axis, digit) in digits)
        {
            json.WriteNumber(axis.Key, digit);
        }

        json.WriteEndObject();
    }

    private static void WriteOutcomes(Utf8JsonWriter json, Leaf leaf)
    {
        var digits = leaf.Digits.Where(d => d.Axis.Kind == AxisKind.Probability).ToList();
        if (digits.Count == 0)
        {
            return;
        }

        json.WriteStartObject("leaf_probability_outcomes");
        foreach (var (axis, digit) in digits)
        {
            json.WriteStartArray(axis.Key);
            foreach (var fires in axis.Outcomes(digit))
            {
                json.WriteBooleanValue(fires);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
