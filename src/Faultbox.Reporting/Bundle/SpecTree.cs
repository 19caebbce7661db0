using System.Security.Cryptography;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Bundle;

/// <summary>
/// The specification's files as they are stored: below <c>spec/</c> at their place relative to the root specification, files from elsewhere
/// below <c>spec/_external/</c> under a name made of their content's hash and their own name.
/// </summary>
internal sealed class SpecTree
{
    private const long FileLimit = 50L << 20;
    private const long TotalLimit = 500L << 20;

    private readonly SortedDictionary<string, BundleEntry> _entries = new(StringComparer.Ordinal);
    private long _total;

    /// <summary>Stored files.</summary>
    public IEnumerable<BundleEntry> Entries => _entries.Values;

    /// <summary>Path as written to entry name, for files from outside the specification's directory.</summary>
    public SortedDictionary<string, string> Externals { get; } = new(StringComparer.Ordinal);

    /// <summary>Files that were too large, with their sizes in bytes.</summary>
    public SortedDictionary<string, long> Omitted { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Lays out the files of a run. Sources are stored as they are, since a replay runs them; private keys are stored as a marker.
    /// </summary>
    public static SpecTree Of(RunRecord run, Redactor redactor)
    {
        var tree = new SpecTree();
        foreach (var file in run.Files)
        {
            tree.Add(run.BaseDirectory, file, redactor);
        }

        return tree;
    }

    private void Add(string baseDirectory, CapturedFile file, Redactor redactor)
    {
        var relative = Path.GetRelativePath(baseDirectory, file.AbsolutePath);
        var external = Path.IsPathRooted(relative) || relative == ".." || relative.StartsWith("../", StringComparison.Ordinal);
        var name = BundleNames.Spec + (external ? ExternalName(file) : relative);
        if (external)
        {
            Externals[file.PathAsWritten] = name;
        }

        if (_entries.ContainsKey(name))
        {
            return;
        }

        if (file.Content.Length > FileLimit || _total + file.Content.Length > TotalLimit)
        {
            Omitted[name] = file.Content.Length;
            return;
        }

        _total += file.Content.Length;
        _entries[name] = new BundleEntry(name) { Bytes = redactor.WithoutPrivateKeys(file.Content) };
    }

    private static string ExternalName(CapturedFile file)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(file.Content.Span).AsSpan(0, 4));
        return $"_external/{hash}-{Path.GetFileName(file.AbsolutePath)}";
    }
}
