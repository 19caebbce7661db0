using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Bench.Syscalls;

/// <summary>What a test makes of a call: its path is resolved, the rules of a service are asked, and the event is in the log before the answer.</summary>
internal sealed class DecidingHandler : INotificationHandler
{
    private readonly ProcCallerReader _reader = new();
    private readonly FaultEngine _engine;
    private readonly EventLog _log = new(TimeProvider.System);

    public DecidingHandler()
    {
        var never = new FaultDefinition { Kind = FaultKind.Deny, Errnos = [Errno.FromNumber(5)], Probability = 0 };
        var members = SyscallFamilies.Expand("write");
        _engine = new FaultEngine(new FaultEngineOptions { Service = "bench", Log = _log });
        _engine.OpenFaults([new FaultRule("write", null, members, members, null, never, default)], default);
    }

    public void Handle(NotificationListener listener, ref readonly SeccompNotification notification)
    {
        var context = new SyscallContext(in notification, _reader, listener, _log.Paths);
        _engine.Decide(ref context);
        listener.Continue(notification.Id);
    }

    public void Dropped(NotificationListener listener, ulong id) => _engine.Undo(id);

    public void Ended(NotificationListener listener, ListenerEnd end)
    {
    }
}
