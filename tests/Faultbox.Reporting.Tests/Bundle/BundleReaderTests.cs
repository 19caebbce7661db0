using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Tests.Support;

namespace Faultbox.Reporting.Tests.Bundle;

public sealed class BundleReaderTests
{
    private const string Manifest = "{\"schema_version\":1,\"faultbox_version\":\"0.1.0\",\"tests\":[]}";

    [Theory]
    [InlineData("{\"schema_version\":2}", "schema version 2, this program reads up to 1; upgrade faultbox")]
    [InlineData("{\"schema_version\":0}", "schema version 0")]
    [InlineData("{}", "schema version 0")]
    [InlineData("{\"schema_version\":\"1\"}", "schema version 0")]
    [InlineData("[]", "no JSON object")]
    [InlineData("{", "no valid JSON")]
    public void A_manifest_that_cannot_be_understood_is_refused(string manifest, string message)
    {
        using var directory = new TemporaryDirectory();
        var path = Archive(directory, ("manifest.json", manifest));

        var error = Assert.Throws<BundleException>(() => BundleReader.Open(path));

        Assert.StartsWith(path, error.Message);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void An_archive_without_a_manifest_is_no_bundle()
    {
        using var directory = new TemporaryDirectory();

        var error = Assert.Throws<BundleException>(() => BundleReader.Open(Archive(directory, ("env.json", "{}"))));

        Assert.Contains("it has no manifest.json", error.Message);
    }

    [Fact]
    public void A_bad_environment_is_an_error_and_a_missing_one_is_empty()
    {
        using var directory = new TemporaryDirectory();

        Assert.Contains("env.json", Assert.Throws<BundleException>(() => BundleReader.Open(Archive(directory, ("manifest.json", Manifest), ("env.json", "{")))).Message);
        Assert.Equal(JsonValueKind.Object, BundleReader.Open(Archive(directory, ("manifest.json", Manifest))).Info.Environment.ValueKind);
    }

    [Fact]
    public void Truncated_and_foreign_files_are_refused()
    {
        using var directory = new TemporaryDirectory();
        var whole = File.ReadAllBytes(Sample.Write(directory));
        var truncated = directory.File("truncated.fb");
        File.WriteAllBytes(truncated, whole[..(whole.Length / 2)]);

        Assert.Contains("damaged", Assert.Throws<BundleException>(() => BundleReader.Open(truncated).List()).Message);
        Assert.Contains("not a bundle", Assert.Throws<BundleException>(() => BundleReader.Open(directory.Write("text.fb", "hello"))).Message);
        Assert.Contains("no such file", Assert.Throws<BundleException>(() => BundleReader.Open(directory.File("absent.fb"))).Message);
        Assert.Contains("directory", Assert.Throws<BundleException>(() => BundleReader.Open(directory.Path)).Message);
    }

    [Fact]
    public void An_entry_that_is_there_twice_is_refused()
    {
        using var directory = new TemporaryDirectory();
        var path = Archive(directory, ("manifest.json", Manifest), ("a", "1"), ("a", "2"));

        Assert.Contains("entry a is there twice", Assert.Throws<BundleException>(() => BundleReader.Open(path).List()).Message);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/abs")]
    [InlineData("C:/x")]
    [InlineData("a\\..\\x")]
    [InlineData("a//b")]
    public void A_name_that_leads_out_of_the_target_stops_extraction_before_anything_is_written(string name)
    {
        using var directory = new TemporaryDirectory();
        var target = directory.File("target");
        var path = Archive(directory, ("manifest.json", Manifest), (name, "evil"));

        var error = Assert.Throws<BundleException>(() => BundleReader.Open(path).Extract(target));

        Assert.Contains(name, error.Message);
        Assert.False(Directory.Exists(target));
        Assert.False(File.Exists(directory.File("x")));
    }

    [Fact]
    public void Nothing_is_written_through_a_link()
    {
        using var directory = new TemporaryDirectory();
        var outside = Directory.CreateDirectory(directory.File("outside")).FullName;
        var target = Directory.CreateDirectory(directory.File("target")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(target, "spec"), outside);
        var victim = directory.Write("victim", "precious");
        File.CreateSymbolicLink(Path.Combine(target, "replay.sh"), victim);

        var error = Assert.Throws<BundleException>(
            () => BundleReader.Open(Archive(directory, ("manifest.json", Manifest), ("replay.sh", "new"), ("spec/a.star", "evil"))).Extract(target));

        Assert.Contains("through the link", error.Message);
        Assert.Empty(Directory.GetFiles(outside));
        Assert.Equal("precious", File.ReadAllText(victim));
        Assert.Equal("new", File.ReadAllText(Path.Combine(target, "replay.sh")));
    }

    [Fact]
    public void Links_devices_and_directories_in_the_archive_are_passed_over()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("links.fb");
        using (var gzip = new GZipStream(File.Create(path), CompressionLevel.Optimal))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            Add(tar, "manifest.json", Manifest);
            tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = "/etc/passwd" });
            tar.WriteEntry(new UstarTarEntry(TarEntryType.HardLink, "hard") { LinkName = "manifest.json" });
            tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "dir"));
            tar.WriteEntry(new UstarTarEntry(TarEntryType.Fifo, "pipe"));
        }

        Assert.Equal(["manifest.json"], BundleReader.Open(path).List().Select(f => f.Name));
        Assert.Equal(1, BundleReader.Open(path).Extract(directory.File("target")));
    }

    [Fact]
    public void Extraction_replaces_files_leaves_others_and_makes_the_script_executable()
    {
        using var directory = new TemporaryDirectory();
        var bundle = BundleReader.Open(Sample.Write(directory));
        var target = directory.File("target");
        directory.Write("target/env.json", "old");
        directory.Write("target/mine.txt", "kept");

        Assert.Equal(5, bundle.Extract(target));

        Assert.StartsWith("{", File.ReadAllText(Path.Combine(target, "env.json")));
        Assert.Equal("kept", File.ReadAllText(Path.Combine(target, "mine.txt")));
        Assert.True(File.GetUnixFileMode(Path.Combine(target, "replay.sh")).HasFlag(UnixFileMode.UserExecute));
    }

    [Fact]
    public void The_specification_alone_can_be_extracted()
    {
        using var directory = new TemporaryDirectory();

        Assert.Equal(1, BundleReader.Open(Sample.Write(directory)).Extract(directory.File("spec-only"), BundleNames.Spec));
        Assert.True(File.Exists(directory.File("spec-only/ledger.star")));
    }

    [Fact]
    public void A_bomb_of_zeros_is_refused_long_before_its_end_and_without_memory()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("bomb.fb");
        WriteBomb(path, gibibytes: 10);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<BundleException>(() => BundleReader.Open(path));

        Assert.Contains("manifest.json", error.Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100L << 20);
    }

    [Fact]
    public void A_bomb_behind_the_manifest_is_refused_when_it_is_passed_over()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("bomb.fb");
        WriteBomb(path, gibibytes: 1, "trace.json");

        var bundle = BundleReader.Open(path);

        Assert.Contains("trace.json expands more than 1000:1", Assert.Throws<BundleException>(bundle.List).Message);
    }

    [Fact]
    public void Limits_on_size_and_number_of_entries_hold()
    {
        using var directory = new TemporaryDirectory();
        var path = Sample.Write(directory);

        Assert.Contains("expands to more than 2000 bytes", Assert.Throws<BundleException>(() => BundleReader.Open(path, new ReadLimits { ExpandedBytes = 2000 })).Message);
        Assert.Contains("more than 3 entries", Assert.Throws<BundleException>(() => BundleReader.Open(path, new ReadLimits { Entries = 3 }).List()).Message);
    }

    [Fact]
    public void An_entry_in_front_of_damage_can_still_be_read()
    {
        using var directory = new TemporaryDirectory();
        var path = Sample.Write(directory, Sample.Bundle() with { Plan = Noise(200_000) });
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length - 100_000)]);

        using var entry = new MemoryStream();
        BundleReader.Open(path).CopyTo("manifest.json", entry);

        Assert.Contains("\"run_id\"", Encoding.UTF8.GetString(entry.ToArray()));
    }

    [Fact]
    public void An_unknown_entry_is_named_with_the_way_to_list_them()
    {
        using var directory = new TemporaryDirectory();

        var error = Assert.Throws<BundleException>(() => BundleReader.Open(Sample.Write(directory)).CopyTo("nope", Stream.Null));

        Assert.Contains("no entry nope", error.Message);
        Assert.Contains("faultbox inspect", error.Message);
    }

    [Fact]
    public void Verification_names_what_was_changed_added_or_removed()
    {
        using var directory = new TemporaryDirectory();
        const string Listed = """
            {"schema_version":1,"files":{"a":{"sha256":"00","size":1},"gone":{"sha256":"00","size":1}}}
            """;

        var bundle = BundleReader.Open(Archive(directory, ("manifest.json", Listed), ("a", "1"), ("new", "2")));

        Assert.Equal(["a: content differs from the manifest", "new: not listed in the manifest", "gone: missing"], bundle.Verify());
    }

    [Fact]
    public void The_summary_shows_the_run_and_its_files()
    {
        using var directory = new TemporaryDirectory();
        var path = Sample.Write(directory);

        var text = string.Join('\n', new BundleSummary(BundleReader.Open(path)).ToLines());

        Assert.Contains("Producer:    faultbox 0.1.0", text);
        Assert.Contains("Seed:        41", text);
        Assert.Contains("Host:        linux/amd64", text);
        Assert.Contains("2 tests: 1 passed, 1 failed", text);
        Assert.Contains("  ✓ test_reserve (64 ms)", text);
        Assert.Contains("  ✗ test_reserve_disk_full (212 ms)", text);
        Assert.Contains("Files (5):", text);
    }

    [Fact]
    public void The_summary_sends_no_control_characters_to_a_terminal()
    {
        using var directory = new TemporaryDirectory();
        const string Hostile = """{"schema_version":1,"run_id":"\u001b[2J","tests":[{"name":"a\u001b]0;x\u0007","outcome":"odd\n"}]}""";

        var lines = new BundleSummary(BundleReader.Open(Archive(directory, ("manifest.json", Hostile)))).ToLines().ToArray();

        Assert.DoesNotContain(lines, l => l.Any(char.IsControl));
        Assert.Contains(lines, l => l.StartsWith("  ? a", StringComparison.Ordinal));
    }

    [Fact]
    public void The_summary_as_json_holds_manifest_environment_and_entries()
    {
        using var directory = new TemporaryDirectory();
        using var stream = new MemoryStream();
        new BundleSummary(BundleReader.Open(Sample.Write(directory))).WriteJson(stream);

        using var document = JsonDocument.Parse(stream.ToArray());
        Assert.True(document.RootElement.GetProperty("complete").GetBoolean());
        Assert.Equal(41, document.RootElement.GetProperty("manifest").GetProperty("seed").GetInt32());
        Assert.Equal("6.1.0", document.RootElement.GetProperty("env").GetProperty("kernel").GetString());
        Assert.Equal(5, document.RootElement.GetProperty("entries").GetArrayLength());
    }

    private static string Archive(TemporaryDirectory directory, params (string Name, string Content)[] entries)
    {
        var path = directory.File("crafted.fb");
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.Optimal);
        using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
        foreach (var (name, content) in entries)
        {
            Add(tar, name, content);
        }

        return path;
    }

    private static void Add(TarWriter tar, string name, string content) =>
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });

    /// <summary>
    /// An archive with an entry of zeros. One compressed member is made once and repeated: gzip members may be concatenated.
    /// </summary>
    private static void WriteBomb(string path, int gibibytes, string name = "manifest.json")
    {
        using var file = File.Create(path);
        using (var head = new GZipStream(file, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            if (name != "manifest.json")
            {
                using var manifest = new MemoryStream();
                using (var tar = new TarWriter(manifest, TarEntryFormat.Ustar, leaveOpen: true))
                {
                    Add(tar, "manifest.json", Manifest);
                }

                head.Write(manifest.ToArray().AsSpan(0, 1024));
            }

            head.Write(Header(name, (long)gibibytes << 30));
        }

        using var member = new MemoryStream();
        using (var zeros = new GZipStream(member, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zeros.Write(new byte[256 << 20]);
        }

        for (var i = 0; i < gibibytes * 4; i++)
        {
            file.Write(member.GetBuffer().AsSpan(0, (int)member.Length));
        }
    }

    private static byte[] Header(string name, long size)
    {
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true))
        {
            Add(tar, name, "");
        }

        var header = stream.ToArray()[..512];
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0')).CopyTo(header.AsSpan(124));
        header.AsSpan(148, 8).Fill((byte)' ');
        var checksum = header.Sum(b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(checksum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header.AsSpan(148));
        return header;
    }

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
