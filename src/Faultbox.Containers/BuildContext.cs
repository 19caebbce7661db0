using System.Formats.Tar;

namespace Faultbox.Containers;

/// <summary>The files of a build context as one archive; symbolic links and modes are kept.</summary>
public static class BuildContext
{
    /// <summary>Packs a directory.</summary>
    /// <exception cref="EngineException">The directory or its <c>Dockerfile</c> is missing.</exception>
    public static MemoryStream Pack(string directory)
    {
        if (!File.Exists(Path.Combine(directory, "Dockerfile")))
        {
            throw new EngineException(
                Directory.Exists(directory) ? $"{directory} has no Dockerfile" : $"{directory}: no such directory");
        }

        var ignored = IgnoreList.Read(Path.Combine(directory, ".dockerignore"));
        var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            Add(writer, ignored, directory, "");
        }

        archive.Position = 0;
        return archive;
    }

    private static void Add(TarWriter writer, IgnoreList ignored, string directory, string prefix)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            var name = prefix + entry.Name;
            var isDirectory = entry is DirectoryInfo && entry.LinkTarget is null;
            if (!ignored.Ignores(name) || name == "Dockerfile")
            {
                writer.WriteEntry(entry.FullName, name);
            }

            if (isDirectory)
            {
                // A pattern with an exclamation mark may bring back a file of an ignored directory.
                Add(writer, ignored, entry.FullName, name + "/");
            }
        }
    }
}
