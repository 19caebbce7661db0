using System.Threading.Channels;
using Faultbox.Core;
using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Core.Verdicts;
using Faultbox.Linux.Native;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;
using Faultbox.Runtime.Execution;
using Faultbox.Runtime.Services;
using Faultbox.Runtime.Supervision;

namespace Faultbox.Runtime.Programs;

/// <summary>A program under control: launched with its faults in force, to its end.</summary>
public sealed class ProgramRun : INotificationHandler, IDisposable
{
    /// <summary>Calls that are kept for explanations; a program may run for days, so the log is closed after them.</summary>
    private const int KeptCalls = 1 << 18;

    private const int PendingCalls = 1 << 16;

    private readonly ProgramRequest _request;
    private readonly Action<ProgramCall>? _onCall;
    private readonly bool _reportsAllowed;
    private readonly PathTable _paths = new();
    private readonly ProcCallerReader _reader = new();
    private readonly CallerDirectory _callers = new();
    private readonly ReplyTimer _timer = new();
    private readonly ServiceLauncher _launcher = new();
    private readonly RunDirectory _directory;
    private readonly EventLog _log;
    private readonly FaultEngine _engine;
    private readonly RuleWindow _window;
    private readonly Channel<Observed> _observed = Channel.CreateBounded<Observed>(new BoundedChannelOptions(PendingCalls) { SingleReader = true });
    private readonly Thread _reporter;
    private readonly Lock _launching = new();
    private ServiceProcess? _process;
    private int _earlySignal;
    private long _calls;
    private volatile string? _failure;

    /// <summary>Prepares a run.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="onCall">Told of faulted calls, on a thread of its own, in order.</param>
    /// <param name="reportsAllowed">True to be told of all intercepted calls.</param>
    public ProgramRun(ProgramRequest request, Action<ProgramCall>? onCall = null, bool reportsAllowed = false)
    {
        (_request, _onCall, _reportsAllowed) = (request, onCall, reportsAllowed);
        Name = Path.GetFileName(request.Program);
        _directory = RunDirectory.Create(RunDirectory.Root, $"run-{Environment.ProcessId}-{Guid.NewGuid():N}");
        _log = new EventLog(TimeProvider.System, _paths);
        _engine = new FaultEngine(new FaultEngineOptions { Service = Name, Log = _log, Seed = request.Seed, Test = "run", Callers = _callers });
        _window = _engine.OpenFaults(request.Faults, new SourcePosition("run", 1, 1));
        _reporter = new Thread(Report) { IsBackground = true, Name = "calls" };
        _reporter.Start();
    }

    /// <summary>File name of the program.</summary>
    public string Name { get; }

    /// <summary>Calls that were intercepted.</summary>
    public long InterceptedCalls => Interlocked.Read(ref _calls);

    /// <summary>True when the program is built for another architecture, a 32-bit one for example, whose calls pass by every fault.</summary>
    public bool IsForeign => ExecutableResolver.IsForeign(_request.Program);

    /// <summary>Processes that made 32-bit calls, which pass by every fault.</summary>
    public IReadOnlyList<string> PassersBy => _engine.PassersBySince(0);

    /// <summary>Why supervision ended while the program was alive; null as long as it works.</summary>
    public string? Failure => _failure;

    /// <summary>Process of the program; 0 before it is launched.</summary>
    public int ProcessId => _process?.ProcessId ?? 0;

    /// <summary><c>namespace</c> or <c>process_group</c>, once it is launched.</summary>
    public string? Isolation => _process?.Isolation;

    /// <summary>True once the program executes and gets the signals of this process's terminal from the terminal itself.</summary>
    public bool SharesTerminal => _process?.SharesTerminal ?? false;

    /// <summary>Launches the program; it executes when this returns.</summary>
    /// <exception cref="LaunchException">It could not be started.</exception>
    public Task<ExitStatus> Start()
    {
        List<int> filtered = [];
        foreach (var call in _request.Faults.SelectMany(f => f.Syscalls).Distinct(StringComparer.Ordinal))
        {
            if (SyscallTable.TryGetNumber(call, out var number))
            {
                filtered.Add(number);
            }
        }

        var process = _launcher.Launch(new LaunchRequest
        {
            Name = Name,
            Executable = _request.Program,
            Arguments = [_request.Program, .. _request.Arguments],
            Environment = _request.Environment,
            WorkingDirectory = Environment.CurrentDirectory,
            FilteredSyscalls = filtered,
            Handler = filtered.Count > 0 ? this : null,
            RunDirectory = _directory.Path,
            InheritsStreams = _request.InheritsStreams,
            SharesTerminal = _request.InheritsStreams && ControllingTerminal.Exists,
            PrivateNetwork = _request.PrivateNetwork,
            UserBecomesRoot = true,
        });
        _callers.MainProcess = process.ProcessId;
        lock (_launching)
        {
            _process = process;
            if (_earlySignal != 0)
            {
                process.Signal(_earlySignal);
            }
        }

        return process.Exited;
    }

    /// <summary>Passes a signal on to the program; one that comes before it executes reaches it then.</summary>
    public void Signal(int signal)
    {
        lock (_launching)
        {
            _earlySignal = signal;
            _process?.Signal(signal);
        }
    }

    /// <summary>Kills the program and everything it started.</summary>
    public void Kill()
    {
        const int SignalKill = 9;
        lock (_launching)
        {
            _earlySignal = SignalKill;
            _process?.Kill();
        }
    }

    /// <summary>Ends the faults and tells what each of them did, with the reason for those that matched nothing.</summary>
    public IReadOnlyList<FaultSummary> Finish()
    {
        _observed.Writer.TryComplete();
        _reporter.Join();
        _engine.Close(_window);
        return _engine.SummarizeRules();
    }

    /// <inheritdoc/>
    public void Handle(NotificationListener listener, ref readonly SeccompNotification notification)
    {
        var context = new SyscallContext(in notification, _reader, listener, _paths);
        var decision = _engine.Decide(ref context);
        if (Interlocked.Increment(ref _calls) == KeptCalls)
        {
            _log.Close();
        }

        if (_onCall is not null && (_reportsAllowed || FaultedCalls.IsFaulted(decision.Kind)))
        {
            Observe(new Observed(context.Number, context.ThreadId, context.TryGetPath(out var path) ? path.PathId : -1, decision));
        }

        Reply(listener, notification.Id, decision);
    }

    /// <inheritdoc/>
    public void PassesBy(NotificationListener listener, int threadId) => _engine.PassesBy(threadId);

    /// <inheritdoc/>
    public void Dropped(NotificationListener listener, ulong id) => _engine.Undo(id);

    /// <inheritdoc/>
    public void Ended(NotificationListener listener, ListenerEnd end) => _failure = end.Failure;

    /// <inheritdoc/>
    public void Dispose()
    {
        _launcher.Dispose();
        _observed.Writer.TryComplete();
        _reporter.Join();
        _process?.DisposeAsync().AsTask().Wait();
        _timer.Dispose();
        _directory.Dispose();
    }

    private void Observe(in Observed observed)
    {
        // No report is dropped: a program that is faster than its reader waits.
        if (!_observed.Writer.TryWrite(observed))
        {
            _observed.Writer.WriteAsync(observed).AsTask().Wait();
        }
    }

    private void Report()
    {
        while (_observed.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_observed.Reader.TryRead(out var call))
            {
                var text = SyscallText.Of(call.Decision);
                var path = call.PathId >= 0 ? _paths.Text(call.PathId) : null;
                _onCall!(new ProgramCall(SyscallTable.NameOf(call.Number), call.ThreadId, text, path, FaultedCalls.IsFaulted(text)));
            }
        }
    }

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

    private readonly record struct Observed(int Number, int ThreadId, int PathId, Decision Decision);
}
