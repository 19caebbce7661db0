using System.Text;
using Faultbox.Runtime.Execution;
using Faultbox.Runtime.Output;

namespace Faultbox.Runtime.Tests;

public sealed class OutputTests : IDisposable
{
    private const int Mebibyte = 1024 * 1024;

    private readonly string _directory = Directory.CreateTempSubdirectory("faultbox-output-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string File => Path.Combine(_directory, "stdout.log");

    [Fact]
    public void A_short_stream_is_kept_as_it_came()
    {
        using var spool = new OutputSpool(File);
        spool.Append("one\n"u8);
        spool.Append("two"u8);
        spool.Complete();

        Assert.Equal("one\ntwo", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_long_stream_keeps_its_head_and_its_tail_in_order()
    {
        using var spool = new OutputSpool(File);
        for (var i = 0; i < 10 * 1024; i++)
        {
            spool.Append(Encoding.ASCII.GetBytes($"{i:d8}".PadRight(1023) + "\n"));
        }

        spool.Complete();
        var lines = System.IO.File.ReadAllText(File).Split('\n');
        var marker = Array.IndexOf(lines, $"=== {2 * Mebibyte} bytes cut ===");

        Assert.Equal("00001023", lines[1023].Trim());
        Assert.Equal(1025, marker);
        Assert.Equal("00003072", lines[marker + 1].Trim());
        Assert.Equal("00010239", lines[^2].Trim());
        Assert.Equal(marker + 1 + (7 * 1024) + 1, lines.Length);
    }

    [Fact]
    public void Nothing_is_added_to_a_completed_stream()
    {
        using var spool = new OutputSpool(File);
        spool.Append("one"u8);
        spool.Complete();
        spool.Append("two"u8);

        Assert.Equal("one", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void The_last_lines_survive_any_amount_of_output()
    {
        var tail = new TailBuffer();
        for (var i = 0; i < 100_000; i++)
        {
            tail.Append(Encoding.ASCII.GetBytes($"line {i}\n"));
        }

        Assert.Equal(["line 99998", "line 99999"], tail.LastLines(2));
    }

    [Fact]
    public void A_stream_with_few_lines_shows_them_all()
    {
        var tail = new TailBuffer();
        Assert.Empty(tail.LastLines(50));
        tail.Append("a\r\nb"u8);
        Assert.Equal(["a", "b"], tail.LastLines(50));
    }

    [Fact]
    public void The_directory_of_a_dead_run_is_removed_and_that_of_a_live_one_is_not()
    {
        using var live = RunDirectory.Create(_directory, "live");
        var orphan = Path.Combine(_directory, "orphan");
        Directory.CreateDirectory(orphan);
        System.IO.File.WriteAllText(Path.Combine(orphan, "owner.lock"), "");
        using var next = RunDirectory.Create(_directory, "next");

        Assert.False(Directory.Exists(orphan));
        Assert.True(Directory.Exists(live.Path));
        Assert.True(Directory.Exists(next.Path));
    }
}
