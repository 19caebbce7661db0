using System.Diagnostics;
using System.Globalization;
using Faultbox.Core.Faults;
using Faultbox.Core.Holds;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Runtime.Supervision;

/// <summary>
/// Answers the intercepted calls of one launched service: the engine of the running test decides and records, then the call runs, fails,
/// or is answered later by the timer. Notifications come on the listener's receive thread.
/// </summary>
internal sealed class SyscallSupervisor : INotificationHandler, IDisposable
{
    private const int Interrupted = 4;

    private readonly ReplyTimer _timer;
    private readonly PathTable _paths;
    private readonly ProcCallerReader _reader = new();
    private readonly ManualResetEventSlim _begun = new();
    private FaultEngine? _engine;
    private volatile string? _failure;
    private NotificationListener? _listener;

    /// <summary>Creates the supervisor; attach an engine before the service is launched.</summary>
    public SyscallSupervisor(ReplyTimer timer, PathTable paths, CallerDirectory callers)
    {
        _timer = timer;
        _paths = paths;
        Callers = callers;
    }

    /// <summary>Threads of the service.</summary>
    public CallerDirectory Callers { get; }

    /// <summary>Ends the service with a signal, without waiting for its end; set before <see cref="Begin"/>.</summary>
    public Action<int>? Crash { get; set; }

    /// <summary>Why supervision ended while the service was alive; null as long as it works.</summary>
    public string? Failure => _failure;

    /// <summary>Lets the engine of a test decide from now on.</summary>
    public void Attach(FaultEngine engine) => Volatile.Write(ref _engine, engine);

    /// <summary>Lets the first call go: what it leads to is recorded after the start of the service.</summary>
    public void Begin() => _begun.Set();

    /// <summary>False once the receive thread takes no more calls.</summary>
    public bool Receives => Volatile.Read(ref _listener)?.Receives ?? true;

    /// <summary>Waits, when the receive thread has ended, until it is known whether that is a failure.</summary>
    public void AwaitEnd() => Volatile.Read(ref _listener)?.AwaitEnd();

    /// <inheritdoc/>
    public void Handle(NotificationListener listener, ref readonly SeccompNotification notification)
    {
        _begun.Wait();
        _listener = listener;
        var context = new SyscallContext(in notification, _reader, listener, _paths);
        var engine = Volatile.Read(ref _engine)!;
        if (engine.TryHold(ref context, out var queue, out var held))
        {
            queue.Add(Waiting(listener, notification, engine, held));
            return;
        }

        Reply(listener, notification, engine.Decide(ref context));
    }

    private static HeldCall Waiting(NotificationListener listener, SeccompNotification call, FaultEngine engine, HeldSyscall held) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{engine.Service}/{call.Pid}/{call.Id}"), errno =>
        {
            engine.Release(held, errno);
            _ = errno == 0 ? listener.Continue(call.Id) : listener.Fail(call.Id, errno);
        })
        {
            Service = engine.Service,
            ThreadId = (int)call.Pid,
            Since = Stopwatch.GetTimestamp(),
            StillWaits = () => listener.IsValid(call.Id),
        };

    /// <inheritdoc/>
    public void PassesBy(NotificationListener listener, int threadId)
    {
        _begun.Wait();
        _listener = listener;
        Volatile.Read(ref _engine)!.PassesBy(threadId);
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

    private void Reply(NotificationListener listener, in SeccompNotification call, in Decision decision)
    {
        if (decision.Kind == DecisionKind.Kill)
        {
            Kill(listener, call, decision);
            return;
        }

        var errno = decision.Kind == DecisionKind.Deny ? decision.Errno : 0;
        if (decision.Delay > TimeSpan.Zero)
        {
            _timer.Schedule(listener, call.Id, decision.Delay, new TimerReply(errno));
        }
        else if (errno != 0)
        {
            listener.Fail(call.Id, errno);
        }
        else
        {
            listener.Continue(call.Id);
        }
    }

    private void Kill(NotificationListener listener, in SeccompNotification call, in Decision decision)
    {
        var (crash, signal) = (Crash!, decision.Errno);
        if (decision.Rule!.Rule.Fault.KillsAfterwards)
        {
            ReturnTrap.Continue(listener, call.Id, (int)call.Pid, () => crash(signal));
            return;
        }

        crash(signal);
        if (signal != Signals.Kill)
        {
            // Other signals arrive when the call returns, which it does without having run.
            listener.Fail(call.Id, Interrupted);
        }
    }
}
