using System.Text;
using Faultbox.Linux.Native;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Shim;

namespace Faultbox.Linux.Tests;

/// <summary>Runs small tables of system calls through the generated launcher image of this machine's architecture.</summary>
public sealed class InterpreterTests
{
    private const int Success = 0;
    private static readonly int Write = ServiceFixture.Number("write");
    private static readonly int Close = ServiceFixture.Number("close");
    private static readonly int Exit = ServiceFixture.Number("exit_group");
    private static readonly int Execute = ServiceFixture.Number("execve");
    private static readonly int ReadNumber = ServiceFixture.Number("read");

    private readonly LauncherImage _image = new();

    [Fact]
    public async Task Tolerated_error_goes_on_with_the_second_choice()
    {
        _image.Call(Close, LaunchStep.None, [99], EntryFlags.Tolerated | EntryFlags.SkipsNext);
        Say("second choice");

        Assert.Equal("second choice", await Output());
    }

    [Fact]
    public async Task Success_skips_the_second_choice()
    {
        _image.Call(Close, LaunchStep.None, [0], EntryFlags.Tolerated | EntryFlags.SkipsNext);
        Say("second choice");
        Say("after");

        Assert.Equal("after", await Output());
    }

    [Fact]
    public async Task Error_is_reported_with_its_step_to_the_descriptor_of_the_entry()
    {
        _image.Call(Close, LaunchStep.InstallFilter, [99], report: 1);
        Say("never");

        Assert.Equal([5, 0, 0, 0, 9, 0, 0, 0], await OutputBytes());
    }

    [Fact]
    public async Task Empty_read_is_an_error_where_the_other_side_must_answer()
    {
        // Standard input is /dev/null.
        _image.Call(ReadNumber, LaunchStep.AwaitGo, [0, _image.Data(new byte[8]), 1], EntryFlags.ZeroFails, report: 1);

        Assert.Equal([7, 0, 0, 0, Success, 0, 0, 0], await OutputBytes());
    }

    [Theory]
    [InlineData("/nowhere/a", "/nowhere/b", 2)]
    [InlineData("/etc/passwd", "/nowhere/b", 13)]
    [InlineData("/nowhere/a", "/etc/passwd", 13)]
    public async Task Report_of_no_candidate_prefers_an_error_that_is_not_absence(string first, string second, byte errno)
    {
        foreach (var candidate in new[] { first, second })
        {
            _image.Call(
                Execute, LaunchStep.Execute, [_image.Text(candidate), _image.Pointers([]), 0], EntryFlags.Tolerated | EntryFlags.Remembered);
        }

        _image.ReportAbsent(LaunchStep.Execute, report: 1);

        Assert.Equal([8, 0, 0, 0, errno, 0, 0, 0], await OutputBytes());
    }

    [Fact]
    public void A_failed_step_exits_with_126()
    {
        _image.Call(Close, LaunchStep.InstallFilter, [99], report: 1);

        Assert.Equal(126, ExitCode());
    }

    [Fact]
    public void No_candidate_that_executes_exits_with_127()
    {
        _image.Call(
            Execute, LaunchStep.Execute, [_image.Text("/etc/passwd"), _image.Pointers([]), 0], EntryFlags.Tolerated | EntryFlags.Remembered);
        _image.ReportAbsent(LaunchStep.Execute, report: 1);

        Assert.Equal(127, ExitCode());
    }

    [Fact]
    public async Task Results_are_stored_where_later_entries_use_them()
    {
        var text = _image.Text("0123456789");
        _image.Call(Write, LaunchStep.None, [1, text, 4], resultAddress: _image.ArgumentAddress(_image.Count + 1, 2));
        _image.Call(Write, LaunchStep.None, [1, text, 0]);

        Assert.Equal("01230123", await Output());
    }

    [Fact]
    public async Task Parent_of_a_fork_reaps_the_child_and_learns_its_status()
    {
        var status = _image.Data(new byte[8]);
        var fork = _image.Fork(LaunchStep.Isolate, report: 1);
        _image.Call(Exit, LaunchStep.None, [42]);
        _image.ContinueParent(fork, _image.ArgumentAddress(_image.Count, 0));
        _image.Reap(0, status);
        _image.Call(Write, LaunchStep.None, [1, status, 4]);

        // A wait status: the exit code is the second byte.
        Assert.Equal([0, 42, 0, 0], await OutputBytes());
    }

    private void Say(string text) => _image.Call(Write, LaunchStep.None, [1, _image.Text(text), (ulong)text.Length]);

    private unsafe int ExitCode()
    {
        using var channels = new ServiceChannels(inherits: false);
        var launcher = Spawning.Start(_image.Build(), [], channels);
        int status;
        while (Libc.WaitPid(launcher, &status, 0) != launcher)
        {
        }

        return ExitStatus.FromWaitStatus(status, stopped: false).Code;
    }

    private async Task<string> Output() => Encoding.ASCII.GetString(await OutputBytes());

    private async Task<byte[]> OutputBytes()
    {
        _image.Call(Exit, LaunchStep.None, [0]);
        using var channels = new ServiceChannels(inherits: false);
        var launcher = Spawning.Start(_image.Build(), [], channels);
        channels.CloseLauncherEnds();
        using var output = new FileStream(channels.OutputRead, FileAccess.Read, 1);
        using var bytes = new MemoryStream();
        await output.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        Children.Await(launcher);
        return bytes.ToArray();
    }
}
