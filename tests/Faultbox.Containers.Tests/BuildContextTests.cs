using System.Formats.Tar;

namespace Faultbox.Containers.Tests;

public sealed class BuildContextTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("faultbox-context-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Ignored_files_stay_out_and_the_last_pattern_decides()
    {
        Write("Dockerfile", "FROM scratch");
        Write(".dockerignore", "# comment\nDockerfile\n**/*.log\nbin\n!bin/keep\n/top.?\n");
        Write("a.log", "");
        Write("deep/er/b.log", "");
        Write("deep/er/c.txt", "");
        Write("bin/drop", "");
        Write("bin/keep", "");
        Write("top.x", "");
        Write("top.xy", "");

        Assert.Equal([".dockerignore", "Dockerfile", "bin/keep", "deep/er/c.txt", "top.xy"], Files());
    }

    [Fact]
    public void Modes_and_links_are_kept()
    {
        Write("Dockerfile", "FROM scratch");
        Write("run", "");
        File.SetUnixFileMode(Path.Combine(_directory, "run"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(Path.Combine(_directory, "link"), "nowhere");
        Directory.CreateSymbolicLink(Path.Combine(_directory, "loop"), ".");

        var entries = Entries();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, entries["run"].Mode);
        Assert.Equal("nowhere", entries["link"].LinkName);
        Assert.Equal(TarEntryType.SymbolicLink, entries["loop"].EntryType);
    }

    [Fact]
    public void A_directory_without_instructions_is_named()
    {
        Assert.Contains("has no Dockerfile", Assert.Throws<EngineException>(() => BuildContext.Pack(_directory)).Message, StringComparison.Ordinal);
        Assert.Contains("no such directory", Assert.Throws<EngineException>(() => BuildContext.Pack(_directory + "/x")).Message, StringComparison.Ordinal);
    }

    private void Write(string name, string text)
    {
        var file = Path.Combine(_directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private IEnumerable<string> Files() => Entries().Values.Where(e => e.EntryType == TarEntryType.RegularFile).Select(e => e.Name).Order(StringComparer.Ordinal);

    private Dictionary<string, TarEntry> Entries()
    {
        using var reader = new TarReader(BuildContext.Pack(_directory));
        Dictionary<string, TarEntry> entries = [];
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            entries[entry.Name.TrimEnd('/')] = entry;
        }

        return entries;
    }
}
