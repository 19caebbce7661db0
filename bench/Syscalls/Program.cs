using System.Diagnostics;
using System.Globalization;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Bench.Syscalls;

/// <summary>
/// What interception costs, measured in one run on one machine: the bare call, the same call allowed by the listener, with its path
/// resolved, and allowed by a loop in C (where gcc is installed); decisions per second with 8 threads; the time to launch.
/// </summary>
internal static class Program
{
    private const int NativeCalls = 1_000_000;
    private const int InterceptedCalls = 100_000;
    private const int Threads = 8;
    private const int Launches = 40;

    private static readonly string Work = Directory.CreateTempSubdirectory("faultbox-bench-").FullName;

    private static int Main()
    {
        try
        {
            var native = Compile("native");
            var loop = Compile("receive-loop");
            if (native is null || loop is null)
            {
                Console.Error.WriteLine("gcc is needed to compile the programs that are measured; install it and run again");
                return 1;
            }

            Measure(native, loop);
            return 0;
        }
        finally
        {
            Directory.Delete(Work, recursive: true);
        }
    }

    private static void Measure(string native, string loop)
    {
        using var launcher = new ServiceLauncher();
        var bare = RunProcess(native, [$"{NativeCalls}"]) / NativeCalls;
        var inC = RunProcess(loop, [native, $"{InterceptedCalls}"]) / InterceptedCalls;
        var (allowed, allocated) = RunService(launcher, native, threads: 1, resolvesPaths: false);
        var (resolved, allocatedByPaths) = RunService(launcher, native, threads: 1, resolvesPaths: true);
        var (many, _) = RunService(launcher, native, Threads, resolvesPaths: false);

        Console.WriteLine($"{"write of 16 bytes to /dev/null",-38} {"µs/call",9} {"added",9} {"× bare C loop",14} {"bytes/decision",15}");
        Row("native", bare, null, null);
        Row("allowed by a loop in C", inC, null, null);
        Row("allowed", allowed, allowed / inC, allocated);
        Row("allowed, descriptor's path resolved", resolved, resolved / inC, allocatedByPaths);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"\ndecisions per second, {Threads} threads      {1e9 / many,9:N0}"));
        var times = LaunchTimes(launcher);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"launch to first instruction, filtered  median {times[times.Length / 2]:0.0} ms, worst {times[^1]:0.0} ms"));

        void Row(string name, double nanoseconds, double? ratio, double? bytes) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-38} {nanoseconds / 1000,9:0.00} {(nanoseconds - bare) / 1000,9:0.00} {ratio,14:0.00} {bytes,15:0}"));
    }

    private static (double Nanoseconds, double Bytes) RunService(ServiceLauncher launcher, string native, int threads, bool resolvesPaths)
    {
        var handler = new AllowingHandler(resolvesPaths);
        var calls = InterceptedCalls / threads;
        var service = launcher.Launch(Request(native, [native, $"{calls}", $"{threads}"], handler));
        using var output = new StreamReader(new FileStream(service.StandardOutput, FileAccess.Read, 1));
        var elapsed = double.Parse(output.ReadToEnd(), CultureInfo.InvariantCulture);
        service.Exited.Wait();
        service.DisposeAsync().AsTask().Wait();
        return (elapsed / (calls * threads), (double)handler.Allocated / handler.Count);
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

    private static LaunchRequest Request(string program, string[] arguments, AllowingHandler handler) => new()
    {
        Name = "bench",
        Executable = program,
        Arguments = arguments,
        Environment = [],
        WorkingDirectory = Work,
        RunDirectory = Work,
        FilteredSyscalls = [SyscallTable.TryGetNumber("write", out var write) ? write : -1],
        Handler = handler,
    };

    private static double RunProcess(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.Parse(output, CultureInfo.InvariantCulture);
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
