using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Faultbox.Reporting.Bundle;

/// <summary>Packs entries into a gzip'd tar whose bytes depend on nothing but names and contents.</summary>
internal static class BundleArchive
{
    private const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode Runnable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Longest name that every POSIX header has room for.</summary>
    private const int ShortName = 100;

    /// <summary>Writes the archive; entries are read once, in the order given.</summary>
    public static void Write(Stream stream, IEnumerable<BundleEntry> entries)
    {
        using var gzip = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true);
        using var tar = new TarWriter(gzip, TarEntryFormat.Ustar, leaveOpen: true);
        foreach (var entry in entries)
        {
            using var content = entry.Open();
            var header = Header(entry.Name);
            header.Mode = entry.Executable ? Runnable : Readable;
            header.ModificationTime = DateTimeOffset.UnixEpoch;
            header.DataStream = content;
            tar.WriteEntry(header);
        }
    }

    /// <summary>
    /// A long name goes into the extra record of the GNU variant, which every tar reads: the extra record of the POSIX variant is named
    /// after the writing process by the library, which would change the bytes.
    /// </summary>
    private static TarEntry Header(string name) => Encoding.UTF8.GetByteCount(name) <= ShortName
        ? new UstarTarEntry(TarEntryType.RegularFile, name)
        : new GnuTarEntry(TarEntryType.RegularFile, name);
}
