using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;

namespace Faultbox.Linux.Host;

/// <summary>
/// A process that owns one service, for tests that kill the owner or run it as another user: starts the program in the arguments
/// under a filter on <c>write</c>, tells how, and holds on to it until its input ends.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        using var launcher = new ServiceLauncher();
        var service = launcher.Launch(new LaunchRequest
        {
            Name = "hosted",
            Executable = arguments[1],
            Arguments = arguments[1..],
            Environment = ["PATH=/usr/bin:/bin"],
            WorkingDirectory = arguments[0],
            RunDirectory = arguments[0],
            FilteredSyscalls = [Syscalls.SyscallTable.TryGetNumber("write", out var write) ? write : -1],
            Handler = new AllowEverything(),
        });
        Console.WriteLine($"started {service.Isolation} {service.ProcessId}");
        await Console.In.ReadToEndAsync();
        var status = await service.StopAsync(TimeSpan.FromSeconds(2));
        Console.WriteLine($"ended {status.Code}");
        await service.DisposeAsync();
        return 0;
    }

    private sealed class AllowEverything : INotificationHandler
    {
        public void Handle(NotificationListener listener, ref readonly SeccompNotification notification) => listener.Continue(notification.Id);

        public void Dropped(NotificationListener listener, ulong id)
        {
        }

        public void Ended(NotificationListener listener, ListenerEnd end)
        {
        }
    }
}
