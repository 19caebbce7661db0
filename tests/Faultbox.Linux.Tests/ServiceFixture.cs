using System.Text;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Tests;

/// <summary>Launches real programs in a run directory of its own and leaves nothing behind.</summary>
public sealed class ServiceFixture : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public ServiceFixture()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("faultbox-test-").FullName;
        Launcher = new ServiceLauncher();
    }

    public string Directory { get; }

    public ServiceLauncher Launcher { get; }

    public static int[] Numbers(params string[] names) =>
        [.. names.SelectMany(SyscallFamilies.Expand).Select(n => SyscallTable.TryGetNumber(n, out var number) ? number : throw new ArgumentException(n))];

    public static async Task<string> ReadAll(Microsoft.Win32.SafeHandles.SafeFileHandle pipe)
    {
        using var duplicate = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(pipe.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, 1);
        using var reader = new StreamReader(duplicate, Encoding.UTF8);
        return await Within(reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    public static Task<T> Within<T>(Task<T> task) => task.WaitAsync(Patience, TestContext.Current.CancellationToken);

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

    internal ServiceProcess Shell(string script, int[]? filtered = null, INotificationHandler? handler = null) =>
        Launch("/bin/sh", ["-c", script], filtered, handler);

    public void Dispose()
    {
        Launcher.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
