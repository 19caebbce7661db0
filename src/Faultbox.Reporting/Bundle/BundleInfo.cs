using System.Globalization;
using System.Text.Json;

namespace Faultbox.Reporting.Bundle;

/// <summary>An endpoint that Faultbox did not own, as a bundle records it.</summary>
/// <param name="Service">Service name.</param>
/// <param name="Interface">Interface name.</param>
/// <param name="Host">Host with port that was dialed.</param>
/// <param name="Protocol">Protocol name.</param>
public sealed record BundleRemote(string Service, string Interface, string Host, string Protocol);

/// <summary>A row of a bundle's manifest.</summary>
/// <param name="Name">Test name.</param>
/// <param name="Outcome">Outcome word, possibly one that is unknown here.</param>
/// <param name="DurationMs">Duration in milliseconds.</param>
/// <param name="Seed">Seed of the row, or null.</param>
/// <param name="Reason">Headline of a verdict other than pass, or null.</param>
public sealed record BundleRow(string Name, string Outcome, long DurationMs, ulong? Seed, string? Reason);

/// <summary>A file of a bundle as its manifest lists it.</summary>
/// <param name="Sha256">Hexadecimal hash; null when it was not stored.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Omitted">True when it was too large to be stored.</param>
public sealed record ListedFile(string? Sha256, long Size, bool Omitted);

/// <summary>What the manifest and the environment of a bundle say.</summary>
public sealed record BundleInfo
{
    /// <summary>The manifest as stored.</summary>
    public required JsonElement Manifest { get; init; }

    /// <summary>The environment as stored; an empty object when the bundle has none.</summary>
    public required JsonElement Environment { get; init; }

    /// <summary>Version of the manifest's format.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>Version of the program that made the bundle; empty when unknown.</summary>
    public string ProducerVersion => Text(Manifest, "faultbox_version") ?? "";

    /// <summary>Identity of the run; empty when unknown.</summary>
    public string RunId => Text(Manifest, "run_id") ?? "";

    /// <summary>When the bundle was made, as stored; empty when unknown.</summary>
    public string CreatedAt => Text(Manifest, "created_at") ?? "";

    /// <summary>Run seed, or null when unknown.</summary>
    public ulong? Seed => Manifest.TryGetProperty("seed", out var seed) && seed.ValueKind == JsonValueKind.Number && seed.TryGetUInt64(out var value) ? value : null;

    /// <summary>Root specification as typed; empty when unknown.</summary>
    public string SpecRoot => Text(Manifest, "spec_root") ?? "";

    /// <summary>Selection of tests that the run was given; null for all.</summary>
    public string? Filter => Text(Manifest, "filter");

    /// <summary>Rows in execution order.</summary>
    public IReadOnlyList<BundleRow> Rows => [.. Items(Manifest, "tests").Select(Row)];

    /// <summary>Why the run is not complete; null when it is.</summary>
    public PartialRun? Partial =>
        Manifest.TryGetProperty("partial", out var partial) && partial.ValueKind == JsonValueKind.Object
            ? new PartialRun(
                Text(partial, "reason") ?? "unknown",
                Text(partial, "signal"),
                [.. Items(partial, "not_run").Where(n => n.ValueKind == JsonValueKind.String).Select(n => n.GetString()!)])
            : null;

    /// <summary>Path as written to entry name, for files from outside the specification's directory.</summary>
    public IReadOnlyDictionary<string, string> Externals =>
        Members(Manifest, "externals")
            .Where(e => e.Value.ValueKind == JsonValueKind.String)
            .ToDictionary(e => e.Name, e => e.Value.GetString()!, StringComparer.Ordinal);

    /// <summary>Listed files by entry name.</summary>
    public IReadOnlyDictionary<string, ListedFile> Files =>
        Members(Manifest, "files").ToDictionary(
            f => f.Name,
            f => new ListedFile(Text(f.Value, "sha256"), Whole(f.Value, "size"), f.Value.TryGetProperty("omitted", out var o) && o.ValueKind == JsonValueKind.True),
            StringComparer.Ordinal);

    /// <summary>Text of a member of the environment; null when unknown.</summary>
    public string? EnvironmentText(string name) => Text(Environment, name);

    /// <summary>Endpoints that Faultbox did not own.</summary>
    public IReadOnlyList<BundleRemote> Remotes =>
    [
        .. Items(Environment, "remotes").Select(
            r => new BundleRemote(Text(r, "service") ?? "", Text(r, "interface") ?? "", Text(r, "host") ?? "", Text(r, "protocol") ?? "")),
    ];

    /// <summary>Checks the version of the format and wraps both documents.</summary>
    /// <exception cref="BundleException">The version is missing, 0, or newer than this program's.</exception>
    internal static BundleInfo Of(string path, JsonElement manifest, JsonElement? environment)
    {
        var version = manifest.TryGetProperty("schema_version", out var stored) && stored.ValueKind == JsonValueKind.Number && stored.TryGetInt32(out var number)
            ? number
            : 0;
        if (version < 1)
        {
            throw new BundleException(
                $"{path}: refused: schema version {version} in {BundleNames.Manifest}, this program reads 1 to {BundleManifest.SchemaVersion}");
        }

        if (version > BundleManifest.SchemaVersion)
        {
            throw new BundleException(
                $"{path}: refused: schema version {version}, this program reads up to {BundleManifest.SchemaVersion}; upgrade faultbox to read it");
        }

        using var empty = JsonDocument.Parse("{}");
        return new BundleInfo { Manifest = manifest, Environment = environment ?? empty.RootElement.Clone(), SchemaVersion = version };
    }

    private static BundleRow Row(JsonElement row) => new(
        Text(row, "name") ?? "",
        Text(row, "outcome") ?? "",
        Whole(row, "duration_ms"),
        row.ValueKind == JsonValueKind.Object && row.TryGetProperty("seed", out var seed) && seed.ValueKind == JsonValueKind.Number && seed.TryGetUInt64(out var value) ? value : null,
        Text(row, "reason"));

    private static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            }
            : null;

    private static long Whole(JsonElement owner, string name) =>
        long.TryParse(Text(owner, name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : 0;

    private static IEnumerable<JsonElement> Items(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    private static IEnumerable<JsonProperty> Members(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var map) && map.ValueKind == JsonValueKind.Object ? map.EnumerateObject() : [];
}
