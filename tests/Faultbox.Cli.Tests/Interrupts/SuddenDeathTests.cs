using System.Diagnostics;

namespace Faultbox.Cli.Tests.Interrupts;

/// <summary>A run that is killed at any moment leaves no process and no control group at once, and no directory after the next run.</summary>
public sealed class SuddenDeathTests : IDisposable
{
    private const int Moments = 50;
    private const int Seed = 4711;

    private readonly CallerService _caller = new();

    public void Dispose() => _caller.Dispose();

    [Fact]
    [Trait("Category", "Slow")]
    public void Nothing_is_left_of_a_run_that_is_killed_at_any_moment()
    {
        var temporary = WriteBusySpec();
        var random = new Random(Seed);
        List<TimeSpan> cleared = [];
        for (var moment = 0; moment < Moments; moment++)
        {
            using var run = Begin(temporary, "--runs", "100");
            Thread.Sleep(random.Next(20, 900));
            var death = Stopwatch.GetTimestamp();
            run.Kill();
            run.WaitForExit();

            Assert.True(
                SpinWait.SpinUntil(() => _caller.Space.Processes().Count == 0 && Groups(run.Id).Count == 0, TimeSpan.FromSeconds(30)),
                $"moment {moment}: processes {string.Join(",", _caller.Space.Processes())}, groups {string.Join(",", Groups(run.Id))}");
            cleared.Add(Stopwatch.GetElapsedTime(death));
        }

        // A busy machine may be slow at times; a mechanism that is slow is slow most of the time.
        Assert.True(cleared.Order().ElementAt(Moments / 2) < TimeSpan.FromSeconds(1), string.Join(", ", cleared.Order()));

        using var last = Begin(temporary);
        Assert.True(last.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.DoesNotContain(Directory.EnumerateDirectories(temporary, "*", SearchOption.AllDirectories), d => Path.GetFileName(d).Length == 32);
    }

    /// <summary>The runtime leaves a socket and two pipes of each process that is killed.</summary>
    [Fact]
    public void No_file_of_the_runtime_is_left_of_a_run_that_is_killed()
    {
        var temporary = WriteBusySpec();
        using var run = Begin(temporary, "--runs", "100");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(_caller.Space.File("ticks")), TimeSpan.FromSeconds(60)));

        run.Kill();
        run.WaitForExit();

        Assert.Empty(Directory.EnumerateFiles(temporary));
    }

    private string WriteBusySpec()
    {
        _caller.Space.Write("spec.star", _caller.Declaration() + $$"""
            def test_busy():
                send("fork {{_caller.Space.File("ticks")}}")
                fault(c, write = delay("1ms"), run = lambda: [send("many write 20") for _ in range(50)])
                assert_true(True)
            """);
        return Directory.CreateDirectory(_caller.Space.File("tmp")).FullName;
    }

    private Process Begin(string temporary, params string[] more)
    {
        var start = new ProcessStartInfo(Workspace.Program, ["test", "spec.star", "--no-bundle", .. more])
        {
            WorkingDirectory = _caller.Space.Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TMPDIR"] = temporary },
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Control groups that a run has made.</summary>
    private static IReadOnlyList<string> Groups(int run) =>
    [
        .. File.ReadLines("/proc/self/mountinfo")
            .Select(l => l.Split(' '))
            .Where(f => f.Contains("cgroup2"))
            .SelectMany(f => Directory.EnumerateDirectories(f[4], $"faultbox-{run}-*", SearchOption.AllDirectories)),
    ];
}
