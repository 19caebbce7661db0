using System.Diagnostics;
using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Bench.Syscalls;

/// <summary>
/// What interception costs, measured in one run on one machine beside its targets: the bare call, the same call changed by strace, allowed
/// by a loop in C, allowed by the listener, with its path resolved, and decided and logged as in a test; decisions per second with 8
/// threads; the error of a delay; the time to launch. Exits with 1 when a target was missed. Arguments choose parts: <c>costs</c>,
/// <c>rate</c>, <c>delays</c>, <c>launch</c>, <c>events</c>.
/// </summary>
internal static class Program
{
    private const int NativeCalls = 1_000_000;
    private const int InterceptedCalls = 200_000;
    private const int MostCalls = 1_000_000;
    private const int TracedCalls = 20_000;
    private const int Rounds = 3;
    private const int Threads = 8;
    private const int Launches = 40;
    private const int DelayedCalls = 400;
    private const int ConcurrentDelays = 64;

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(10);

    private static readonly string Work = Directory.CreateTempSubdirectory("faultbox-bench-").FullName;

    private static int Main(string[] parts)
    {
        try
        {
            var native = Compile("native");
            var loop = Compile("receive-loop");
            var delayed = Compile("delayed");
            if (native is null || loop is null || delayed is null)
            {
                Console.Error.WriteLine("gcc is needed to compile the programs that are measured; install it and run again");
                return 1;
            }

            using var launcher = new ServiceLauncher();
            var table = new Table();
            (string Name, Action Measure)[] all =
            [
                ("costs", () => MeasureCosts(launcher, table, native, loop)),
                ("rate", () => MeasureRate(launcher, table, native)),
                ("delays", () => MeasureDelays(launcher, table, delayed)),
                ("launch", () => MeasureLaunch(launcher, table)),
                ("events", () => table.Figure("record of an event before it becomes text", EventLog.BytesPerEvent, "bytes", 64)),
            ];
            foreach (var (_, measure) in all.Where(part => parts.Length == 0 || parts.Contains(part.Name)))
            {
                measure();
            }

            return table.AnyOver ? 1 : 0;
        }
        finally
        {
            Directory.Delete(Work, recursive: true);
        }
    }

    private static void MeasureCosts(ServiceLauncher launcher, Table table, string native, string loop)
    {
        var bare = Best(() => RunProcess(native, [$"{NativeCalls}"]) / NativeCalls);
        var traced = HasStrace() ? (double?)Best(() => RunProcess("strace", Tracing(native)) / TracedCalls) : null;
        Table.HeadCosts();
        table.Cost("native", bare, bare, traced, null);
        if (traced is { } strace)
        {
            table.Cost("strace -f -e inject=write", strace, bare, traced, null);
        }

        table.Cost("allowed by a loop in C", Best(() => RunProcess(loop, [native, $"{InterceptedCalls}"]) / InterceptedCalls), bare, traced, null);
        table.Cost(
            "allowed, 1,000,000 calls", RunService(launcher, native, MostCalls, threads: 1, new AllowingHandler(resolvesPaths: false)), bare, traced, 7);
        AllowingHandler? resolving = null;
        table.Cost(
            "allowed, descriptor's path resolved",
            Best(() => RunService(launcher, native, InterceptedCalls, threads: 1, resolving = new AllowingHandler(resolvesPaths: true))),
            bare,
            traced,
            10);
        table.Cost(
            "path, rules and log, 1,000,000 calls", RunService(launcher, native, MostCalls, threads: 1, new DecidingHandler()), bare, traced, 10);
        Console.WriteLine();
        table.Figure("allocated by the receive thread, per decision", (double)resolving!.Allocated / resolving.Count, "bytes", 0);
    }

    private static void MeasureRate(ServiceLauncher launcher, Table table, string native)
    {
        var call = Best(() => RunService(launcher, native, InterceptedCalls, Threads, new AllowingHandler(resolvesPaths: false)));
        table.Rate("decisions per second, 8 threads", 1e9 / call, "/s", 120_000);
    }

    private static void MeasureDelays(ServiceLauncher launcher, Table table, string delayed)
    {
        foreach (var threads in (int[])[1, ConcurrentDelays])
        {
            var calls = $"{DelayedCalls / Math.Min(threads, 8)}";
            using var timer = new ReplyTimer();
            var request = Request(delayed, [delayed, calls, $"{threads}"], new DelayingHandler(timer, Delay), call: "getppid");
            var (median, high) = Errors(Output(launcher, request));
            var (_, own) = Errors(Capture(delayed, [calls, $"{threads}", $"{Delay.TotalNanoseconds}"]));
            table.Figure($"error of a delay of 10 ms, {threads} at once, 99th percentile", high, "ms", 1);
            table.Figure("  median", median, "ms", null);
            table.Figure("  99th percentile of a sleep of the program itself", own, "ms", null);
        }
    }

    private static void MeasureLaunch(ServiceLauncher launcher, Table table)
    {
        var times = LaunchTimes(launcher);
        table.Figure("launch to first instruction, filtered, median", times[times.Length / 2], "ms", 15);
        table.Figure("  worst of 40", times[^1], "ms", null);
    }

    private static double RunService(ServiceLauncher launcher, string native, int count, int threads, INotificationHandler handler)
    {
        var calls = count / threads;
        var output = Output(launcher, Request(native, [native, $"{calls}", $"{threads}"], handler));
        return double.Parse(output, CultureInfo.InvariantCulture) / (calls * threads);
    }

    /// <summary>Milliseconds by which the median and the 99th percentile differ from the delay.</summary>
    private static (double Median, double High) Errors(string nanoseconds)
    {
        double[] errors = [.. nanoseconds.Split(' ').Select(n => (double.Parse(n, CultureInfo.InvariantCulture) / 1e6) - Delay.TotalMilliseconds)];
        return (errors[0], errors[1]);
    }

    /// <summary>The least of several measurements: what a busy machine disturbs least.</summary>
    private static double Best(Func<double> measure) => Enumerable.Range(0, Rounds).Min(_ => measure());

    private static string Output(ServiceLauncher launcher, LaunchRequest request)
    {
        var service = launcher.Launch(request);
        using var output = new StreamReader(new FileStream(service.StandardOutput, FileAccess.Read, 1));
        var text = output.ReadToEnd();
        service.Exited.Wait();
        service.DisposeAsync().AsTask().Wait();
        return text;
    }

    private static double[] LaunchTimes(ServiceLauncher launcher)
    {
        var times = new double[Launches];
        for (var i = 0; i < Launches; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            var service = launcher.Launch(Request("/bin/true", ["true"], new AllowingHandler(resolvesPaths: false)));
            times[i] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            service.DisposeAsync().AsTask().Wait();
        }

        Array.Sort(times);
        return times;
    }

    private static LaunchRequest Request(string program, string[] arguments, INotificationHandler handler, string call = "write") => new()
    {
        Name = "bench",
        Executable = program,
        Arguments = arguments,
        Environment = [],
        WorkingDirectory = Work,
        RunDirectory = Work,
        FilteredSyscalls = [SyscallTable.TryGetNumber(call, out var number) ? number : -1],
        Handler = handler,
    };

    /// <summary>The same calls, each answered by strace without running.</summary>
    private static string[] Tracing(string native) =>
        ["-f", "-o", "/dev/null", "-e", "trace=write", "-e", "inject=write:retval=16", native, $"{TracedCalls}"];

    private static bool HasStrace() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, "strace")));

    private static double RunProcess(string program, string[] arguments) => double.Parse(Capture(program, arguments), CultureInfo.InvariantCulture);

    private static string Capture(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    private static string? Compile(string name)
    {
        try
        {
            var program = Path.Combine(Work, name);
            using var compiler = Process.Start("gcc", ["-O2", "-pthread", "-o", program, Path.Combine(AppContext.BaseDirectory, $"{name}.c")]);
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? program : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // gcc is not installed.
            return null;
        }
    }
}
