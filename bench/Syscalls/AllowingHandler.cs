using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Bench.Syscalls;

/// <summary>Lets every call run, after resolving its path if asked to; counts what the receive thread allocates after a warm-up.</summary>
internal sealed class AllowingHandler(bool resolvesPaths) : INotificationHandler
{
    private const int WarmUp = 5_000;

    private readonly ProcCallerReader _reader = new();
    private readonly PathTable _paths = new();
    private long _allocatedBefore;

    public long Count { get; private set; }

    /// <summary>Bytes allocated on the receive thread since the warm-up.</summary>
    public long Allocated { get; private set; }

    public void Handle(NotificationListener listener, ref readonly SeccompNotification notification)
    {
        if (resolvesPaths)
        {
            var context = new SyscallContext(in notification, _reader, listener, _paths);
            context.TryGetPath(out _);
        }

        listener.Continue(notification.Id);
        if (++Count == WarmUp)
        {
            _allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        }
        else if (Count > WarmUp && Count % WarmUp == 0)
        {
            Allocated = GC.GetAllocatedBytesForCurrentThread() - _allocatedBefore;
        }
    }

    public void Dropped(NotificationListener listener, ulong id)
    {
    }

    public void Ended(NotificationListener listener, ListenerEnd end)
    {
    }
}
