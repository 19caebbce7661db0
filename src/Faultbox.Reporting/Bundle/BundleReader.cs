using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;

namespace Faultbox.Reporting.Bundle;

/// <summary>An entry as a reader finds it.</summary>
/// <param name="Name">Name with forward slashes.</param>
/// <param name="Size">Size in bytes.</param>
public sealed record BundleFile(string Name, long Size);

/// <summary>
/// Reads bundles of any origin. Everything is streamed: an entry is found by reading up to it, and no more of it is kept in memory than is
/// asked for. Only regular files count; directories, links and devices are passed over.
/// </summary>
public sealed class BundleReader
{
    private readonly string _path;
    private readonly ReadLimits _limits;

    private BundleReader(string path, ReadLimits limits, BundleInfo info)
    {
        _path = path;
        _limits = limits;
        Info = info;
    }

    /// <summary>Path of the bundle.</summary>
    public string Path => _path;

    /// <summary>Manifest and environment.</summary>
    public BundleInfo Info { get; }

    /// <summary>Opens a bundle and reads its manifest and environment.</summary>
    /// <exception cref="BundleException">The file is missing, damaged, no bundle, too new, or beyond the limits.</exception>
    public static BundleReader Open(string path, ReadLimits? limits = null)
    {
        limits ??= ReadLimits.Default;
        JsonElement? manifest = null;
        JsonElement? environment = null;
        var place = 0;
        Scan(path, limits, (name, content) =>
        {
            if (name == BundleNames.Manifest)
            {
                manifest = Document(name, content, limits);
            }
            else if (name == BundleNames.Environment)
            {
                environment = Document(name, content, limits);
            }

            // Both come first in a bundle of our making; with the manifest in hand, an environment that is not next is absent.
            return manifest is null || (environment is null && place++ < 1);
        });

        if (manifest is null)
        {
            throw new BundleException($"{path}: not a bundle: it has no {BundleNames.Manifest}");
        }

        return new BundleReader(path, limits, BundleInfo.Of(path, manifest.Value, environment));
    }

    /// <summary>Lists all entries in stored order, which also checks names for duplicates and the archive against the limits.</summary>
    /// <exception cref="BundleException">The bundle is damaged, names an entry twice, or is beyond the limits.</exception>
    public IReadOnlyList<BundleFile> List()
    {
        var files = new List<BundleFile>();
        Scan(_path, _limits, (name, content) =>
        {
            files.Add(new BundleFile(name, content.Length));
            return true;
        });
        return files;
    }

    /// <summary>Copies the bytes of one entry; nothing behind it is read.</summary>
    /// <exception cref="BundleException">There is no such entry, or the bundle is damaged or beyond the limits.</exception>
    public void CopyTo(string entry, Stream destination) => Read(entry, content => content.CopyTo(destination));

    /// <summary>Hands the content of one entry to a reader as a stream; nothing behind it is read.</summary>
    /// <exception cref="BundleException">There is no such entry, or the bundle is damaged or beyond the limits.</exception>
    internal void Read(string entry, Action<Stream> reader)
    {
        var found = false;
        Scan(_path, _limits, (name, content) =>
        {
            if (name != entry)
            {
                return true;
            }

            reader(content);
            found = true;
            return false;
        });
        if (!found)
        {
            throw new BundleException($"{_path}: no entry {entry}; list them with: {ShellQuote.Line("faultbox", "inspect", _path)}");
        }
    }

    /// <summary>
    /// Extracts entries into a directory. Existing files are replaced, others stay. All names are checked before the first file is written.
    /// </summary>
    /// <param name="directory">Target; created if missing.</param>
    /// <param name="prefix">Only entries whose names begin so; the prefix is not part of the extracted paths.</param>
    /// <returns>Number of files written.</returns>
    /// <exception cref="BundleException">An entry would leave the directory, or the bundle is damaged or beyond the limits.</exception>
    public int Extract(string directory, string prefix = "")
    {
        var target = new ExtractionTarget(_path, directory);
        foreach (var file in List())
        {
            target.Check(file.Name);
        }

        var count = 0;
        try
        {
            Scan(_path, _limits, (name, content) =>
            {
                if (name.StartsWith(prefix, StringComparison.Ordinal))
                {
                    target.Write(name, name[prefix.Length..], content);
                    count++;
                }

                return true;
            });
        }
        catch (UnauthorizedAccessException e)
        {
            throw new BundleException($"{directory}: cannot extract {_path} here: permission denied", e);
        }

        return count;
    }

    /// <summary>Compares every entry with the size and hash in the manifest.</summary>
    /// <returns>One line per entry that is missing, not listed, or different; empty when all is well.</returns>
    public IReadOnlyList<string> Verify()
    {
        var problems = new List<string>();
        var expected = Info.Files.Where(f => !f.Value.Omitted).ToDictionary(StringComparer.Ordinal);
        Scan(_path, _limits, (name, content) =>
        {
            if (name == BundleNames.Manifest)
            {
                return true;
            }

            if (!expected.Remove(name, out var file))
            {
                problems.Add($"{name}: not listed in the manifest");
            }
            else if (Convert.ToHexStringLower(SHA256.HashData(content)) != file.Sha256)
            {
                problems.Add($"{name}: content differs from the manifest");
            }

            return true;
        });
        problems.AddRange(expected.Keys.Order(StringComparer.Ordinal).Select(name => $"{name}: missing"));
        return problems;
    }

    /// <summary>Visits regular files in order until the visitor returns false or the archive ends.</summary>
    private static void Scan(string path, ReadLimits limits, Func<string, Stream, bool> visit)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var expanded = new GuardedGzipStream(file, limits);
            using var tar = new TarReader(expanded);
            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (var count = 1; tar.GetNextEntry() is { } entry; count++)
            {
                if (count > limits.Entries)
                {
                    throw new BundleException($"has more than {limits.Entries} entries");
                }

                expanded.Enter(entry.Name);
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                {
                    continue;
                }

                var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (!seen.Add(name))
                {
                    throw new BundleException($"entry {name} is there twice");
                }

                if (!visit(name, entry.DataStream ?? Stream.Null))
                {
                    return;
                }
            }
        }
        catch (BundleException e) when (!e.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new BundleException($"{path}: refused: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException)
        {
            throw new BundleException($"{path}: not a bundle, or damaged: it is no complete gzip'd tar archive", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw BundleFiles.CannotRead(path, e);
        }
    }

    private static JsonElement Document(string name, Stream content, ReadLimits limits)
    {
        if (content.Length > limits.DocumentBytes)
        {
            throw new BundleException($"entry {name} is larger than {limits.DocumentBytes} bytes");
        }

        try
        {
            using var document = JsonDocument.Parse(content);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new BundleException($"entry {name} is no JSON object");
        }
        catch (JsonException e)
        {
            throw new BundleException($"entry {name} is no valid JSON document", e);
        }
    }
}
