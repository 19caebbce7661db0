using System.Diagnostics.CodeAnalysis;
using System.Text;
using Faultbox.Core.Determinism;
using Faultbox.Core.Events;
using Faultbox.Core.Holds;
using Faultbox.Core.Randomness;
using Faultbox.Core.Verdicts;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Faults;

/// <summary>
/// Decides about the intercepted calls of one service in one test and records them. <see cref="Decide"/> takes no lock that is shared
/// with other services besides the log's, and allocates nothing for paths it has seen.
/// </summary>
public sealed class FaultEngine
{
    private readonly FaultEngineOptions _options;
    private readonly EventLog _log;
    private readonly UnmediatedIo? _unmediated;
    private readonly Lock _counting = new();
    private readonly Lock _windowing = new();
    private readonly MatchJournal _journal = new();
    private readonly Dictionary<string, MatchCounter> _occurrences = new(StringComparer.Ordinal);
    private readonly List<RuleWindow> _history = [];
    private RuleWindow[] _open = [];
    private HoldRule? _hold;
    private RuleTable _table = RuleTable.Empty;
    private readonly Dictionary<string, long> _passersBy = new(StringComparer.Ordinal);
    private long _unresolvedPaths;
    private long _droppedNotifications;

    /// <summary>Creates an engine without rules: every call is recorded and runs.</summary>
    public FaultEngine(FaultEngineOptions options)
    {
        _options = options;
        _log = options.Log;
        _unmediated = options.DetectUnmediatedIo ? new UnmediatedIo(options.Service, options.Log, options.Addresses) : null;
    }

    /// <summary>The service.</summary>
    public string Service => _options.Service;

    /// <summary>Calls whose path could not be resolved.</summary>
    public long UnresolvedPaths => Interlocked.Read(ref _unresolvedPaths);

    /// <summary>Calls that were gone before they were received or answered.</summary>
    public long DroppedNotifications => Interlocked.Read(ref _droppedNotifications);

    /// <summary>
    /// Decides about a call and appends its event. The caller replies afterwards, so that no consequence of the call precedes its event:
    /// <see cref="DecisionKind.Deny"/> fails the call, <see cref="DecisionKind.Kill"/> ends the service, everything else runs the call, after
    /// <see cref="Decision.Delay"/>.
    /// </summary>
    public Decision Decide(ref SyscallContext context)
    {
        var path = PathOf(ref context);
        var decision = Evaluate(ref context, path);
        var destinationId = -1;
        if (context.TryGetDestination(out var destination))
        {
            destinationId = Destinations.Intern(destination, _log.Paths);
            if (decision.Kind is not (DecisionKind.Deny or DecisionKind.Kill))
            {
                MergeClock(destination);
            }
        }

        _log.EmitSyscall(Service, new SyscallRecord(
            context.Number, context.ThreadId, path.ShownId, path.RawId, context.RequestedBytes, destinationId, decision)
        {
            Caller = decision.Rule is { Scope.RestrictsCaller: true } ? _options.Callers!.Find(context.ThreadId) : null,
        });
        _unmediated?.Examine(ref context, path.Id);
        return decision;
    }

    /// <summary>Makes calls wait in a queue before any rule is asked; null to let them be decided again.</summary>
    public void Hold(HoldRule? rule) => Volatile.Write(ref _hold, rule);

    /// <summary>Records a call that a hold covers; false when the call is to be decided.</summary>
    /// <param name="context">The call.</param>
    /// <param name="queue">Where it has to wait.</param>
    /// <param name="held">The call, for its release.</param>
    public bool TryHold(ref SyscallContext context, [NotNullWhen(true)] out HoldQueue? queue, out HeldSyscall held)
    {
        (queue, held) = (null, default);
        if (Volatile.Read(ref _hold) is not { } hold || !hold.Covers(context.Number))
        {
            return false;
        }

        var path = PathOf(ref context);
        SocketDestination? destination = context.TryGetDestination(out var named) ? named : null;
        var destinationId = destination is null ? -1 : Destinations.Intern(named, _log.Paths);
        var decision = new Decision(DecisionKind.Hold, 0, TimeSpan.Zero, null, 0);
        var record = new SyscallRecord(context.Number, context.ThreadId, path.ShownId, path.RawId, context.RequestedBytes, destinationId, decision);
        _log.EmitSyscall(Service, record);
        _unmediated?.Examine(ref context, path.Id);
        (queue, held) = (hold.Queue, new HeldSyscall(record, destination));
        return true;
    }

    /// <summary>Records the release of a held call. The caller replies afterwards.</summary>
    /// <param name="held">The call.</param>
    /// <param name="errno">0 when it runs, or the error it fails with.</param>
    public void Release(in HeldSyscall held, int errno)
    {
        if (errno == 0 && held.Destination is { } destination)
        {
            MergeClock(destination);
        }

        var kind = errno == 0 ? DecisionKind.AllowReleased : DecisionKind.DenyReleased;
        _log.EmitSyscall(Service, held.Record with { Decision = new Decision(kind, errno, TimeSpan.Zero, null, 0) });
    }

    /// <summary>Notes that a thread made a call in another calling convention, which passes by every rule.</summary>
    public void PassesBy(int threadId)
    {
        if (Volatile.Read(ref _open).Any(w => !w.IsTrace))
        {
            var name = _options.Callers?.Find(threadId) is { } caller ? $"{caller.ProcessName} ({caller.Executable})" : "a process that has ended";
            lock (_counting)
            {
                _passersBy[name] = _log.Elapsed;
            }
        }
    }

    /// <summary>Processes whose calls have passed by every rule since a time of the log, by name and executable.</summary>
    public IReadOnlyList<string> PassersBySince(long elapsed)
    {
        lock (_counting)
        {
            return [.. _passersBy.Where(p => p.Value >= elapsed).Select(p => p.Key).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>
    /// Takes back what a notification has counted because its reply could not be delivered: the thread died, or a signal interrupted the
    /// call and the kernel will issue it again, in which case it counts then. Any thread.
    /// </summary>
    /// <param name="notification">Identity of the notification; 0 for one that was gone before it was received.</param>
    public void Undo(ulong notification)
    {
        Interlocked.Increment(ref _droppedNotifications);
        if (notification == 0)
        {
            return;
        }

        lock (_counting)
        {
            _journal.Revert(notification);
        }
    }

    /// <summary>Puts fault rules in force on top of the open windows.</summary>
    /// <param name="rules">Rules in keyword order.</param>
    /// <param name="at">Where the specification opened the window.</param>
    /// <param name="started">True for a window that a later stop by name closes.</param>
    /// <exception cref="FaultRejectedException">A rule could never act as written.</exception>
    public RuleWindow OpenFaults(IReadOnlyList<FaultRule> rules, SourcePosition at, bool started = false) =>
        Open(rules, at, started, isTrace: false);

    /// <summary>Records the calls of the given rules; open fault windows stay in force.</summary>
    /// <param name="rules">One rule per keyword.</param>
    /// <param name="at">Where the specification opened the window.</param>
    /// <param name="started">True for a window that a later stop by name closes.</param>
    public RuleWindow OpenTrace(IReadOnlyList<FaultRule> rules, SourcePosition at, bool started = false) =>
        Open(rules, at, started, isTrace: true);

    /// <summary>Open windows that wait for a stop by name, oldest first.</summary>
    public IReadOnlyList<RuleWindow> OpenStarted(bool trace) =>
        [.. Volatile.Read(ref _open).Where(w => w.IsStarted && w.IsTrace == trace)];

    /// <summary>Closes a window wherever it is in the stack; the others stay in force. Closing twice does nothing.</summary>
    public void Close(RuleWindow window)
    {
        lock (_windowing)
        {
            if (!_open.Contains(window))
            {
                return;
            }

            Publish([.. _open.Where(w => w != window)]);
            window.ClosedAt = _log.Elapsed;
            window.ClosedSequence = _log.Emit(window.IsTrace ? "trace_removed" : "fault_removed", Service);
            ReportZeroTraffic(window);
        }
    }

    /// <summary>Those of some paths that a path-scoped fault of a window covers.</summary>
    public IEnumerable<string> CoveredPaths(RuleWindow window, IEnumerable<string> paths)
    {
        var scopes = window.Rules.Where(r => r.Scope.RestrictsPath && r.Rule.Fault.Kind is not (FaultKind.Allow or FaultKind.Trace)).Select(r => r.Scope).ToList();
        return paths.Where(p => scopes.Exists(s => s.CoversPath(_log.Paths.Intern(Encoding.UTF8.GetBytes(p)), -1)));
    }

    /// <summary>True when a fault of a window is limited to paths.</summary>
    public static bool RestrictsPaths(RuleWindow window) => window.Rules.Any(r => r.Scope.RestrictsPath);

    /// <summary>Closes every window, newest first, and reports each as leaked: the test ended without closing it.</summary>
    public void CloseLeaked()
    {
        foreach (var window in Volatile.Read(ref _open).Reverse())
        {
            _log.Emit("fault_leaked", Service, new EventField("keywords", string.Join(",", window.Rules.Select(r => r.Rule.Keyword))));
            Close(window);
        }
    }

    /// <summary>
    /// One row per declared keyword, summed over its windows, in order of first use. Rules that are restricted differently are declared
    /// apart, so that one which matched is not mistaken for another which did not; and rules of one window are never one row, because a
    /// window made from a command line may hold several for a keyword.
    /// </summary>
    public IReadOnlyList<FaultSummary> SummarizeRules()
    {
        lock (_windowing)
        {
            return [.. _history
                .SelectMany(window => window.Rules
                    .GroupBy(rule => (rule.Rule.Keyword, RuleText.Summary(rule.Rule), rule.Rule.Fault.Scope is { } scope ? RuleText.Scope(scope) : ""))
                    .SelectMany(alike => alike.Select((rule, number) => (Key: (alike.Key, number), Use: (window, rule)))))
                .GroupBy(use => use.Key, use => use.Use)
                .Select(uses => Summarize([.. uses]))];
        }
    }

    /// <summary>One row per window, in opening order.</summary>
    public IReadOnlyList<FaultWindowSummary> SummarizeWindows()
    {
        lock (_windowing)
        {
            return [.. _history.Select(w => w.Summarize(Service))];
        }
    }

    private CallPath PathOf(ref SyscallContext context)
    {
        var path = new CallPath(ref context, _log.Paths);
        if (path.IsUnresolved)
        {
            Interlocked.Increment(ref _unresolvedPaths);
        }

        return path;
    }

    private Decision Evaluate(ref SyscallContext context, in CallPath path)
    {
        var skippedSystemPath = false;
        foreach (var rule in Volatile.Read(ref _table).On(context.Number))
        {
            var isTrace = rule.Rule.Fault.Kind == FaultKind.Trace;
            var verdict = isTrace ? ScopeVerdict.Inside : rule.Scope.Examine(ref context, path, _options.Time);
            skippedSystemPath |= verdict == ScopeVerdict.SystemPath;
            if (verdict == ScopeVerdict.Inside && Count(rule, context.Notification.Id, out var decision) && !rule.Observes)
            {
                return decision;
            }
        }

        return new Decision(skippedSystemPath ? DecisionKind.AllowSystemPath : DecisionKind.Allow, 0, TimeSpan.Zero, null, 0);
    }

    private bool Count(ActiveRule rule, ulong notification, out Decision decision)
    {
        lock (_counting)
        {
            return rule.Count(notification, _journal, out decision);
        }
    }

    private void MergeClock(in SocketDestination destination)
    {
        if (_options.Addresses is not { } addresses || destination.IsUnix)
        {
            return;
        }

        if (addresses.ServiceAt(destination) is { } peer)
        {
            _log.Merge(peer, Service);
        }
        else
        {
            _log.MergeAll(Service);
        }
    }

    private RuleWindow Open(IReadOnlyList<FaultRule> rules, SourcePosition at, bool started, bool isTrace)
    {
        lock (_windowing)
        {
            ActiveRule[] active = [.. rules.Select(Activate)];
            EventField[] fields = [.. rules.Select(r => new EventField(r.Keyword, RuleText.Summary(r)))];
            var sequence = _log.Emit(isTrace ? "trace_applied" : "fault_applied", Service, fields);
            var window = new RuleWindow(active, isTrace, started, at, sequence, _log.Elapsed) { UnresolvedPathsBefore = UnresolvedPaths };
            _history.Add(window);
            Publish([.. _open, window]);
            return window;
        }
    }

    private ActiveRule Activate(FaultRule rule)
    {
        var key = rule.KeyOn(Service);
        if (!_occurrences.TryGetValue(key, out var occurrences))
        {
            occurrences = new MatchCounter();
            _occurrences.Add(key, occurrences);
        }

        var pinned = rule.AxisOn(Service) is { } axis && _options.Leaf.Consult(axis) is var chosen ? chosen.Axis.Outcomes(chosen.Digit) : [];
        return new ActiveRule(rule, new RuleScope(rule, _options), new RandomStream(_options.Seed, _options.Test, key), occurrences, pinned);
    }

    private void Publish(RuleWindow[] open)
    {
        Volatile.Write(ref _open, open);
        Volatile.Write(ref _table, open.Length == 0 ? RuleTable.Empty : RuleTable.Of(open));
    }

    private void ReportZeroTraffic(RuleWindow window)
    {
        foreach (var rule in window.Rules.Where(r => r.Matches == 0 && r.Rule.Fault.Kind is FaultKind.Deny or FaultKind.Delay or FaultKind.Kill))
        {
            var unresolved = UnresolvedPaths - window.UnresolvedPathsBefore;
            var hint = new ZeroTraffic(_options, window, rule, unresolved, PassersBySince(window.OpenedAt)).Explain();
            window.Hints[rule] = hint;
            _log.Emit("fault_zero_traffic", Service, [.. ZeroTrafficFields(rule, unresolved, hint)]);
        }
    }

    private static IEnumerable<EventField> ZeroTrafficFields(ActiveRule rule, long unresolved, string hint)
    {
        yield return new("syscall", rule.Rule.Keyword);
        yield return new("action", RuleText.Action(rule.Rule.Fault));
        if (rule.Rule.Operation is { } operation)
        {
            yield return new("op", operation);
        }

        if (rule.Rule.Fault.Label is { } label)
        {
            yield return new("label", label);
        }

        if (rule.Scope.RestrictsPath)
        {
            yield return new("path", rule.Scope.PathText);
        }

        if (unresolved > 0)
        {
            yield return new("unresolved_paths", $"{unresolved}");
        }

        yield return new("hint", hint);
    }

    private FaultSummary Summarize(IReadOnlyList<(RuleWindow Window, ActiveRule Rule)> uses)
    {
        var declared = uses[0].Rule.Rule;
        var matches = uses.Sum(u => (long)u.Rule.Matches);
        return new FaultSummary
        {
            Service = Service,
            Keyword = declared.Keyword,
            Action = RuleText.Action(declared.Fault),
            Detail = RuleText.Detail(declared.Fault),
            Operation = declared.Operation,
            Label = declared.Fault.Label,
            Hits = uses.Sum(u => (long)u.Rule.Hits),
            Matches = matches,
            Windows = [.. uses.Select(u => new RuleUse(RuleText.Summary(u.Rule.Rule), u.Rule.Hits, u.Window.OpenedSequence, u.Window.ClosedSequence))],
            Hint = matches > 0 ? null : uses.Select(u => u.Window.Hints.GetValueOrDefault(u.Rule)).LastOrDefault(h => h is not null),
        };
    }
}
