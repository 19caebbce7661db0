using System.Globalization;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Linux.Tests;

/// <summary>Launches real programs in a run directory of its own and leaves nothing behind.</summary>
public sealed class ServiceFixture : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("faultbox-test-").FullName;

    public ServiceLauncher Launcher { get; } = new();

    public static int[] Numbers(params string[] keywords) => [.. keywords.SelectMany(SyscallFamilies.Expand).Select(Number)];

    public static int Number(string name) =>
        SyscallTable.TryGetNumber(name, out var number) ? number : throw new ArgumentException($"no call {name} here");

    public static async Task<string> ReadAll(SafeFileHandle pipe)
    {
        using var stream = new FileStream(new SafeFileHandle(pipe.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, 1);
        using var reader = new StreamReader(stream);
        return await Within(reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Waits for the first output of a program that then keeps running.</summary>
    public static async Task<string> ReadSome(SafeFileHandle pipe)
    {
        var buffer = new byte[256];
        using var stream = new FileStream(new SafeFileHandle(pipe.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, 1);
        var count = await Within(stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask());
        return System.Text.Encoding.UTF8.GetString(buffer, 0, count);
    }

    public static Task<T> Within<T>(Task<T> task) => task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    /// <summary>Processes whose working directory is the one of this fixture: what its services have left running.</summary>
    public IReadOnlyList<int> Survivors() =>
    [
        .. System.IO.Directory.EnumerateDirectories("/proc")
            .Where(d => int.TryParse(Path.GetFileName(d), out _))
            .Where(d => WorkingDirectoryOf(d) is { } at && at.StartsWith(Directory, StringComparison.Ordinal))
            .Select(d => int.Parse(Path.GetFileName(d), CultureInfo.InvariantCulture)),
    ];

    public LaunchRequest Request(string executable, string[] arguments, int[]? filtered = null, INotificationHandler? handler = null) => new()
    {
        Name = "svc",
        Executable = executable,
        Arguments = [executable, .. arguments],
        Environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C"],
        WorkingDirectory = Directory,
        FilteredSyscalls = filtered ?? [],
        Handler = handler,
        RunDirectory = Directory,
    };

    public ServiceProcess Launch(string executable, string[] arguments, int[]? filtered = null, INotificationHandler? handler = null) =>
        Launcher.Launch(Request(executable, arguments, filtered, handler));

    public ServiceProcess Shell(string script, int[]? filtered = null, INotificationHandler? handler = null) =>
        Launch("/bin/sh", ["-c", script], filtered, handler);

    /// <summary>Runs the probe to its end and returns what it printed.</summary>
    internal async Task<string> RunProbe(string[] arguments, int[] filtered, RecordingHandler handler)
    {
        await using var service = Launch(Probe.Path, arguments, filtered, handler);
        var output = await ReadAll(service.StandardOutput);
        await Within(service.Exited);
        Assert.Null((await Within(handler.Ended)).Failure);
        return output;
    }

    public void Dispose()
    {
        Launcher.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static string? WorkingDirectoryOf(string process)
    {
        try
        {
            return new FileInfo($"{process}/cwd").LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
