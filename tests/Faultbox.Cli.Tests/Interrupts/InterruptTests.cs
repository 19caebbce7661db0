using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Faultbox.Cli.Tests.Interrupts;

/// <summary>Ctrl-C and kill -9 in the middle of a run.</summary>
public sealed partial class InterruptTests : IDisposable
{
    private const int Interrupt = 2;
    private const int Kill = 9;
    private readonly CallerService _caller = new();

    private Workspace Space => _caller.Space;

    public void Dispose() => _caller.Dispose();

    [Fact]
    public void Ctrl_C_stops_the_run_and_leaves_a_partial_bundle()
    {
        using var run = BeginStuckRun();
        _ = SendSignal(run.Id, Interrupt);
        var error = run.StandardError.ReadToEnd();
        run.WaitForExit();

        Assert.Equal(4, run.ExitCode);
        Assert.Contains("1 passed, 0 failed, 1 not run (interrupted)", error, StringComparison.Ordinal);
        Assert.Empty(Space.Processes());
        var inspected = Space.Run("inspect", "run.fb").Exited(0);
        Assert.Contains("partial run: it was interrupted by SIGINT", inspected.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_matrix_that_was_cut_short_is_shown_whole()
    {
        using var run = BeginStuckRun("""
            def a_done():
                return send("write")
            def b_stuck():
                print("stuck now")
                sleep("100s")
            w = fault_assumption("w", target = c, write = deny("EIO"))
            s = fault_assumption("s", target = c, fsync = deny("EIO"))
            fault_matrix(scenarios = [a_done, b_stuck], faults = [s, w], exclude = [(a_done, s)])
            """);
        _ = SendSignal(run.Id, Interrupt);
        var error = run.StandardError.ReadToEnd();
        run.WaitForExit();

        Assert.Equal(4, run.ExitCode);
        Assert.Contains("Fault Matrix: 2 scenarios × 2 faults = 3 cells\n", error, StringComparison.Ordinal);
        Assert.Matches(@"a_done  │ — \(excluded\) │ PASS \(\d+ms\)\nb_stuck │ ·            │ ·\n\nResult: 1/3 passed, 2 not run\n", error);
        Assert.Empty(Space.Processes());
    }

    [Fact]
    public void Kill_9_takes_the_services_along_and_the_next_run_recovers_the_rows()
    {
        using var run = BeginStuckRun();
        _ = SendSignal(run.Id, Kill);
        run.WaitForExit();
        SpinWait.SpinUntil(() => Space.Processes().Count == 0, TimeSpan.FromSeconds(30));

        Assert.Empty(Space.Processes());
        Space.Write("other.star", "def test_nothing():\n    assert_true(True)\n");
        var next = Space.Run("test", "other.star").Exited(0);
        Assert.Contains("recovered to ", next.Error, StringComparison.Ordinal);
        var recovered = Directory.GetFiles(Space.Directory, "run-*.fb").Select(f => Space.Run("inspect", f)).Single(i => i.Output.Contains("partial run"));
        Assert.Contains("test_a_done", recovered.Output, StringComparison.Ordinal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);

    /// <summary>One test is done, the second waits until it is stopped.</summary>
    private Process BeginStuckRun() => BeginStuckRun("""
        def test_a_done():
            assert_eq(send("write"), "OK")
        def test_b_stuck():
            print("stuck now")
            sleep("100s")
        """);

    private Process BeginStuckRun(string tests)
    {
        Space.Write("spec.star", _caller.Declaration() + tests);
        var run = Space.Begin("test", "spec.star", "--bundle", "run.fb");
        var said = new StringBuilder();
        while (run.StandardError.ReadLine() is { } line)
        {
            if (line.Contains("stuck now", StringComparison.Ordinal))
            {
                return run;
            }

            said.AppendLine(line);
        }

        throw new InvalidOperationException($"the run ended before its second test:\n{said}");
    }
}
