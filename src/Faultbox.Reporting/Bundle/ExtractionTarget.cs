namespace Faultbox.Reporting.Bundle;

/// <summary>A directory that entries of a bundle are written into and never out of.</summary>
internal sealed class ExtractionTarget(string bundlePath, string directory)
{
    private readonly string _root = Path.GetFullPath(directory);

    /// <summary>Refuses a name that could lead out of the directory.</summary>
    /// <exception cref="BundleException">The name is unsafe.</exception>
    public void Check(string name)
    {
        var unsafeName = name.Length == 0
            || name.StartsWith('/')
            || name.Contains('\\')
            || name.Contains('\0')
            || (name.Length > 1 && name[1] == ':' && char.IsAsciiLetter(name[0]))
            || name.Split('/').Any(part => part is ".." or "." or "");
        if (unsafeName)
        {
            throw new BundleException($"{bundlePath}: refused: entry {Printable(name)} has an unsafe name; nothing was extracted");
        }
    }

    /// <summary>Writes one entry under a name that was checked.</summary>
    /// <param name="entry">Entry name, for messages.</param>
    /// <param name="relative">Path below the directory.</param>
    /// <param name="content">Its bytes.</param>
    /// <exception cref="BundleException">A parent directory is a link, or the place is taken by a directory.</exception>
    public void Write(string entry, string relative, Stream content)
    {
        var path = Path.Combine(_root, relative);
        var parent = Path.GetDirectoryName(path)!;
        RefuseLinks(entry, parent);
        Directory.CreateDirectory(parent);
        if (Directory.Exists(path))
        {
            throw new BundleException($"{bundlePath}: stopped: a directory is in the way of entry {Printable(entry)}");
        }

        // The file is made anew and renamed, so an existing link is replaced and never written through.
        var temporary = $"{path}.faultbox-tmp";
        File.Delete(temporary);
        using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
        {
            content.CopyTo(file);
        }

        if (entry == BundleNames.ReplayScript && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(temporary) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private void RefuseLinks(string entry, string parent)
    {
        for (var place = parent; place.Length > _root.Length; place = Path.GetDirectoryName(place)!)
        {
            if (new FileInfo(place).LinkTarget is not null)
            {
                throw new BundleException($"{bundlePath}: stopped: entry {Printable(entry)} would be written through the link {place}");
            }
        }
    }

    private static string Printable(string name) => name.Length == 0 ? "without a name" : string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));
}
