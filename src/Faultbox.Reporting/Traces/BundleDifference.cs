using System.Text.Json;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Json;

namespace Faultbox.Reporting.Traces;

/// <summary>A value that differs between two bundles.</summary>
/// <param name="Name">What it is, for example <c>kernel</c> or <c>images postgres:16</c>.</param>
/// <param name="First">Value in the first bundle; null when absent.</param>
/// <param name="Second">Value in the second bundle; null when absent.</param>
public sealed record Drift(string Name, string? First, string? Second)
{
    /// <summary>One line for people.</summary>
    public override string ToString() => $"{Name}: {First ?? "(none)"} → {Second ?? "(none)"}";
}

/// <summary>Compares two bundles: where they ran, how their tests ended, and what happened.</summary>
public sealed class BundleDifference
{
    private BundleDifference(IReadOnlyList<Drift> environment, IReadOnlyList<Drift> outcomes, TraceDifference traces)
    {
        Environment = environment;
        Outcomes = outcomes;
        Traces = traces;
    }

    /// <summary>Differences between the two hosts.</summary>
    public IReadOnlyList<Drift> Environment { get; }

    /// <summary>Rows that ended differently or are on one side only.</summary>
    public IReadOnlyList<Drift> Outcomes { get; }

    /// <summary>Differences between the normalized traces.</summary>
    public TraceDifference Traces { get; }

    /// <summary>True when outcomes and traces are the same, wherever they came from.</summary>
    public bool SameBehavior => Outcomes.Count == 0 && Traces.Identical;

    /// <summary>Compares.</summary>
    /// <exception cref="BundleException">A bundle cannot be read.</exception>
    public static BundleDifference Between(BundleReader a, BundleReader b, int context = 1) => new(
        EnvironmentDrift.Between(a.Info.Environment, b.Info.Environment),
        OutcomeChanges(a.Info.Rows, b.Info.Rows),
        TraceDifference.Between(NormalizedFile.Of(a), NormalizedFile.Of(b), context));

    /// <summary>Lines for people, without color: environments, outcomes, traces.</summary>
    public IEnumerable<string> ToLines()
    {
        if (Environment.Count > 0)
        {
            yield return "environments differ:";
            foreach (var drift in Environment)
            {
                yield return $"  {drift}";
            }
        }

        if (Outcomes.Count > 0)
        {
            yield return "outcomes differ:";
            foreach (var drift in Outcomes)
            {
                yield return $"  {drift}";
            }
        }

        foreach (var line in Traces.ToLines())
        {
            yield return line;
        }
    }

    /// <summary>Writes the comparison as a JSON document.</summary>
    public void WriteJson(Stream stream) => JsonFormat.WriteDocument(stream, json =>
    {
        json.WriteStartObject();
        Write(json, "environment", Environment);
        Write(json, "outcomes", Outcomes);
        Traces.Write(json);
        json.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<Drift> drifts)
    {
        json.WriteStartArray(name);
        foreach (var drift in drifts)
        {
            json.WriteStartObject();
            json.WriteString("name", drift.Name);
            json.WriteOptional("a", drift.First);
            json.WriteOptional("b", drift.Second);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static Drift[] OutcomeChanges(IReadOnlyList<BundleRow> a, IReadOnlyList<BundleRow> b)
    {
        var first = Numbered(a);
        var second = Numbered(b);
        return
        [
            .. first.Keys.Union(second.Keys)
                .Select(name => new Drift(name, first.GetValueOrDefault(name), second.GetValueOrDefault(name)))
                .Where(d => d.First != d.Second),
        ];
    }

    /// <summary>Outcomes by test name; rows of one name are told apart by their number.</summary>
    private static Dictionary<string, string> Numbered(IReadOnlyList<BundleRow> rows)
    {
        var outcomes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var group in rows.GroupBy(r => r.Name))
        {
            foreach (var (number, row) in group.Index())
            {
                outcomes[number == 0 ? row.Name : $"{row.Name} #{number + 1}"] = row.Outcome;
            }
        }

        return outcomes;
    }
}
