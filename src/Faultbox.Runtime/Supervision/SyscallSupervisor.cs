using Faultbox.Core.Faults;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Runtime.Supervision;

/// <summary>
/// Answers the intercepted calls of one launched service: the engine of the running test decides and records, then the call runs, fails,
/// or is answered later by the timer. Notifications come on the listener's receive thread.
/// </summary>
internal sealed class SyscallSupervisor : INotificationHandler, IDisposable
{
    private readonly ReplyTimer _timer;
    private readonly PathTable _paths;
    private readonly ProcCallerReader _reader = new();
    private readonly ManualResetEventSlim _begun = new();
    private FaultEngine? _engine;
    private volatile string? _failure;

    /// <summary>Creates the supervisor; attach an engine before the service is launched.</summary>
    public SyscallSupervisor(ReplyTimer timer, PathTable paths)
    {
        _timer = timer;
        _paths = paths;
    }

    /// <summary>Threads of the service.</summary>
    public CallerDirectory Callers { get; } = new();

    /// <summary>Why supervision ended while the service was alive; null as long as it works.</summary>
    public string? Failure => _failure;

    /// <summary>Lets the engine of a test decide from now on.</summary>
    public void Attach(FaultEngine engine) => Volatile.Write(ref _engine, engine);

    /// <summary>Lets the first call go: what it leads to is recorded after the start of the service.</summary>
    public void Begin() => _begun.Set();

    /// <inheritdoc/>
    public void Handle(NotificationListener listener, ref readonly SeccompNotification notification)
    {
        _begun.Wait();
        var context = new SyscallContext(in notification, _reader, listener, _paths);
        var engine = Volatile.Read(ref _engine)!;
        Reply(listener, notification.Id, engine.Decide(ref context));
    }

    /// <inheritdoc/>
    public void Dropped(NotificationListener listener, ulong id) => Volatile.Read(ref _engine)!.Undo(id);

    /// <inheritdoc/>
    public void Ended(NotificationListener listener, ListenerEnd end)
    {
        if (end.Failure is { } failure)
        {
            _failure = failure;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _begun.Dispose();

    private void Reply(NotificationListener listener, ulong id, in Decision decision)
    {
        var errno = decision.Kind == DecisionKind.Deny ? decision.Errno : 0;
        if (decision.Delay > TimeSpan.Zero)
        {
            _timer.Schedule(listener, id, decision.Delay, new TimerReply(errno));
        }
        else if (errno != 0)
        {
            listener.Fail(id, errno);
        }
        else
        {
            listener.Continue(id);
        }
    }
}
