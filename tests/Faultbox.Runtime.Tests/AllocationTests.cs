using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;
using Faultbox.Runtime.Supervision;

namespace Faultbox.Runtime.Tests;

/// <summary>The whole road of an intercepted call: path, rules, log and answer.</summary>
public sealed class AllocationTests : IDisposable
{
    private const int WarmUp = 100_000;
    private const int Calls = 1_000_000;
    private const int Size = 16;

    // The runtime may allocate an object of its own once, such as when it swaps compiled code; a byte in a thousand calls is not per call.
    private const int OnceOnly = Calls / 1000;

    private readonly string _directory = Directory.CreateTempSubdirectory("faultbox-allocation-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_million_intercepted_writes_allocate_nothing_on_the_receive_thread()
    {
        var paths = new PathTable();
        var log = new EventLog(TimeProvider.System, paths);
        var engine = new FaultEngine(new FaultEngineOptions { Service = "writer", Log = log });
        engine.OpenFaults([Suite.Rule("write", Suite.Deny("EIO") with { Probability = 0 })], Probe.Here);
        engine.OpenTrace([Suite.Rule("write", Suite.Trace)], Probe.Here);
        using var timer = new ReplyTimer();
        using var supervisor = new SyscallSupervisor(timer, paths, new CallerDirectory());
        supervisor.Attach(engine);
        supervisor.Begin();
        var meter = new AllocationMeter(supervisor);
        using var launcher = new ServiceLauncher();

        await using var service = launcher.Launch(new LaunchRequest
        {
            Name = "writer",
            Executable = "/bin/dd",
            Arguments = ["dd", "if=/dev/zero", "of=copy", $"bs={Size}", $"count={WarmUp + Calls}"],
            Environment = [],
            WorkingDirectory = _directory,
            RunDirectory = _directory,
            FilteredSyscalls = [SyscallTable.TryGetNumber("write", out var write) ? write : -1],
            Handler = meter,
        });
        await service.Exited.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);

        Assert.Equal((long)Size * (WarmUp + Calls), new FileInfo(Path.Combine(_directory, "copy")).Length);
        Assert.InRange(meter.Allocated, 0, OnceOnly);
        Assert.True(log.Count > WarmUp + Calls);
        Assert.Equal("trace", log[WarmUp + Calls].Field("decision"));
    }

    /// <summary>Passes calls on and counts what a million of them allocate after the code has been compiled and has met its paths.</summary>
    private sealed class AllocationMeter(INotificationHandler inner) : INotificationHandler
    {
        private int _count;
        private long _before;

        public long Allocated { get; private set; } = -1;

        public void Handle(NotificationListener listener, ref readonly SeccompNotification notification)
        {
            if (_count == WarmUp)
            {
                _before = GC.GetAllocatedBytesForCurrentThread();
            }

            inner.Handle(listener, in notification);
            if (++_count == WarmUp + Calls)
            {
                Allocated = GC.GetAllocatedBytesForCurrentThread() - _before;
            }
        }

        public void Dropped(NotificationListener listener, ulong id) => inner.Dropped(listener, id);

        public void Ended(NotificationListener listener, ListenerEnd end) => inner.Ended(listener, end);
    }
}
