namespace Faultbox.Reporting.Bundle;

/// <summary>One file to be put into a bundle: bytes in memory or a file on disk.</summary>
internal sealed record BundleEntry(string Name)
{
    /// <summary>File that holds the content; null when <see cref="Bytes"/> does.</summary>
    public string? File { get; init; }

    /// <summary>The content, when it is in memory.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>True for scripts.</summary>
    public bool Executable { get; init; }

    /// <summary>Opens the content for reading.</summary>
    public Stream Open() => File is null
        ? new MemoryStream(Bytes.ToArray(), writable: false)
        : new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

    /// <summary>Entries that come first, in this order; the others follow in ordinal order.</summary>
    private static readonly string[] Leading =
        [BundleNames.Manifest, BundleNames.Environment, BundleNames.Trace, BundleNames.Plan, BundleNames.ReplayScript];

    /// <summary>Sorts entries the way they are stored.</summary>
    public static IEnumerable<BundleEntry> InOrder(IEnumerable<BundleEntry> entries) =>
        entries
            .OrderBy(e => Array.IndexOf(Leading, e.Name) is var place and >= 0 ? place : Leading.Length)
            .ThenBy(e => e.Name, StringComparer.Ordinal);
}

/// <summary>Names of the entries of a bundle.</summary>
public static class BundleNames
{
    /// <summary>What was run and with which outcome.</summary>
    public const string Manifest = "manifest.json";

    /// <summary>Where it ran.</summary>
    public const string Environment = "env.json";

    /// <summary>What happened.</summary>
    public const string Trace = "trace.json";

    /// <summary>What was planned.</summary>
    public const string Plan = "plan.json";

    /// <summary>Runs the bundle again.</summary>
    public const string ReplayScript = "replay.sh";

    /// <summary>The lock that was in force.</summary>
    public const string Lock = "lock.json";

    /// <summary>Prefix of the specification's files.</summary>
    public const string Spec = "spec/";

    /// <summary>Prefix of the captured output of services.</summary>
    public const string Services = "services/";
}
