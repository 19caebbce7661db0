using System.Globalization;
using System.Text.Json;
using Faultbox.Reporting.Json;

namespace Faultbox.Reporting.Bundle;

/// <summary>What <c>inspect</c> shows of a bundle, as lines for people and as JSON for programs.</summary>
public sealed class BundleSummary
{
    private readonly BundleReader _bundle;
    private readonly IReadOnlyList<BundleFile> _files;

    /// <summary>Reads the summary of a bundle; the whole archive is checked on the way.</summary>
    public BundleSummary(BundleReader bundle)
    {
        _bundle = bundle;
        _files = bundle.List();
    }

    /// <summary>
    /// Lines for people, the mark of a partial run first. Control characters are replaced: a bundle may come from anywhere, and a terminal
    /// obeys what it is sent.
    /// </summary>
    public IEnumerable<string> ToLines() => Lines().Select(line => string.Concat(line.Select(c => char.IsControl(c) ? '\uFFFD' : c)));

    private IEnumerable<string> Lines()
    {
        var info = _bundle.Info;
        if (info.Partial is { } partial)
        {
            yield return partial.Headline;
        }

        foreach (var (label, value) in Facts(info).Where(f => !string.IsNullOrEmpty(f.Value)))
        {
            yield return $"{label + ":",-12} {value}";
        }

        yield return "";
        yield return Counts(info);
        foreach (var row in info.Rows)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"  {Mark(row.Outcome)} {row.Name} ({row.DurationMs} ms){Suffix(row)}");
        }

        yield return "";
        yield return $"Files ({_files.Count.ToString(CultureInfo.InvariantCulture)}):";
        foreach (var file in _files)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"  {file.Name}  {file.Size}");
        }
    }

    /// <summary>Writes the summary as a JSON document.</summary>
    public void WriteJson(Stream stream) => JsonFormat.WriteDocument(stream, json =>
    {
        json.WriteStartObject();
        json.WriteString("path", _bundle.Path);
        json.WriteBoolean("complete", _bundle.Info.Partial is null);
        json.WritePropertyName("manifest");
        _bundle.Info.Manifest.WriteTo(json);
        json.WritePropertyName("env");
        _bundle.Info.Environment.WriteTo(json);
        json.WriteStartArray("entries");
        foreach (var file in _files)
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteNumber("size", file.Size);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private IEnumerable<(string Label, string? Value)> Facts(BundleInfo info)
    {
        var commit = info.EnvironmentText("faultbox_commit");
        yield return ("Bundle", _bundle.Path);
        yield return ("Producer", $"faultbox {info.ProducerVersion}{(commit is null ? "" : $" ({commit})")}");
        yield return ("Schema", info.SchemaVersion.ToString(CultureInfo.InvariantCulture));
        yield return ("Run", info.RunId);
        yield return ("Created", info.CreatedAt);
        yield return ("Seed", info.Seed?.ToString(CultureInfo.InvariantCulture));
        yield return ("Spec", info.SpecRoot);
        yield return ("Host", string.Join('/', new[] { info.EnvironmentText("host_os"), info.EnvironmentText("host_arch") }.Where(p => p is not null)));
        yield return ("Kernel", info.EnvironmentText("kernel"));
        yield return ("Toolchains", Toolchains(info));
        yield return ("Docker", info.EnvironmentText("docker_version"));
        yield return ("Hints", Hints(info));
    }

    private static string? Toolchains(BundleInfo info) =>
        info.Environment.TryGetProperty("toolchains", out var map) && map.ValueKind == JsonValueKind.Object
            ? string.Join(", ", map.EnumerateObject().Select(t => $"{t.Name} {t.Value}"))
            : info.EnvironmentText("go_toolchain");

    private static string? Hints(BundleInfo info) =>
        info.Environment.TryGetProperty("runtime_hints", out var hints) && hints.ValueKind == JsonValueKind.Array
            ? string.Join(", ", hints.EnumerateArray())
            : null;

    private static string Counts(BundleInfo info)
    {
        var summary = RunSummary.Of(info.Rows.Select(r => r.Outcome));
        var counts = new List<string> { $"{summary.Passed} passed", $"{summary.Failed} failed" };
        if (summary.Errored > 0)
        {
            counts.Add($"{summary.Errored} errored");
        }

        counts.AddRange(summary.Others.Select(o => $"{o.Value} {o.Key.Replace('_', ' ')}"));
        if (info.Partial is { Aborted: > 0 } partial)
        {
            counts.Add($"{partial.Aborted} not run");
        }

        return $"{(info.Partial is null ? "" : "partial: ")}{summary.Total} tests: {string.Join(", ", counts)}";
    }

    private static string Mark(string outcome) => outcome switch
    {
        "passed" => "✓",
        "failed" or "expectation_violated" or "strict_determinism_violation" or "nondeterministic" => "✗",
        "errored" => "!",
        _ => "?",
    };

    private static string Suffix(BundleRow row) => row.Outcome is "passed" or "failed" or "errored" ? "" : $" {row.Outcome.Replace('_', ' ')}";
}
