using Faultbox.Core;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Core.Leaves;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Linux.Processes;
using Faultbox.Runtime.Execution;
using Faultbox.Runtime.Supervision;

namespace Faultbox.Runtime.Faults;

/// <summary>Calls that a test needs and the filter of a running service does not intercept.</summary>
/// <param name="Service">Service.</param>
/// <param name="Calls">Kernel names.</param>
internal sealed record MissingCalls(string Service, IReadOnlyList<string> Calls);

/// <summary>The fault engines of one test and the windows open on them.</summary>
internal sealed class WindowBoard(RunContext run, TestSession session)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, FaultEngine> _engines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CallerDirectory> _callers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _launched = new(StringComparer.Ordinal);
    private readonly HashSet<string> _bypassable = new(StringComparer.Ordinal);
    private readonly HashSet<(string Service, string Path)> _mapped = [];
    private readonly HashSet<(string Service, string Process)> _passersBy = [];
    private readonly List<FaultWindow> _open = [];
    private readonly List<SkippedWindow> _skipped = [];

    /// <summary>True while the test may still be run again with a wider filter.</summary>
    public bool MayRelaunch { get; init; }

    /// <summary>What the running filters lack, one entry per service; set once, when it ends the attempt.</summary>
    public IReadOnlyList<MissingCalls> Missing { get; private set; } = [];

    /// <summary>True while a window with a fault in it is open; one that only traces is none.</summary>
    public bool IsUnderFault
    {
        get
        {
            lock (_gate)
            {
                return _open.Exists(w => !w.IsTrace);
            }
        }
    }

    /// <summary>Engines of the services that run with a filter, ordinal by service.</summary>
    public IReadOnlyList<FaultEngine> Engines
    {
        get
        {
            lock (_gate)
            {
                return [.. _engines.Values.OrderBy(e => e.Service, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Who makes the calls of a service; the same for all its launches of this test.</summary>
    public CallerDirectory CallersOf(string service)
    {
        lock (_gate)
        {
            if (!_callers.TryGetValue(service, out var callers))
            {
                _callers.Add(service, callers = new CallerDirectory());
            }

            return callers;
        }
    }

    /// <summary>Announces a service that runs in this test. One that is started again keeps its engine, and with it its windows.</summary>
    /// <param name="service">The service.</param>
    /// <param name="callers">Its callers; null when it runs without a filter.</param>
    /// <returns>The engine that decides about its calls; null without a filter.</returns>
    public FaultEngine? Add(ServiceDefinition service, CallerDirectory? callers)
    {
        lock (_gate)
        {
            _launched.Add(service.Name);
            if (callers is null)
            {
                return null;
            }

            _callers[service.Name] = callers;
            if (_engines.TryGetValue(service.Name, out var known))
            {
                return known;
            }

            var engine = new FaultEngine(new FaultEngineOptions
            {
                Service = service.Name,
                Log = session.Log,
                Seed = session.Seed,
                Test = session.TestName,
                Leaf = session.Leaf,
                DetectUnmediatedIo = session.Spec.Determinism.Detects,
                Dependencies = service.DependsOn,
                Addresses = run.Addresses,
                Callers = callers,
            });
            _engines.Add(service.Name, engine);
            return engine;
        }
    }

    /// <summary>
    /// Makes sure that the calls of windows that are about to open reach the engines. A rule whose calls do not would silently do nothing: it
    /// ends the attempt, or the test.
    /// </summary>
    public void Require(IReadOnlyList<KeyValuePair<string, IReadOnlyList<FaultRule>>> windows)
    {
        foreach (var (service, _) in windows)
        {
            if (!IsLaunched(service))
            {
                throw new SessionException($"service \"{service}\" is not running");
            }
        }

        var lacking = windows
            .Where(w => Find(w.Key).Seccomp)
            .GroupBy(w => w.Key, w => w.Value)
            .Select(w => new MissingCalls(w.Key, run.Filters.Missing(w.Key, w.SelectMany(rules => rules).SelectMany(r => r.Syscalls))))
            .Where(m => m.Calls.Count > 0)
            .ToList();
        if (lacking.Count == 0)
        {
            return;
        }

        if (MayRelaunch)
        {
            Missing = lacking;
            session.Cancel();
            throw new OperationCanceledException(session.Cancellation);
        }

        throw NotFilterable(lacking[0], windows.First(w => w.Key == lacking[0].Service).Value);
    }

    /// <summary>Opens a window.</summary>
    public FaultWindow Open(string service, IReadOnlyList<FaultRule> rules, SourcePosition at, bool started, bool isTrace)
    {
        var definition = Find(service);
        Require([new(service, rules)]);
        foreach (var axis in rules.OrderBy(r => r.Keyword, StringComparer.Ordinal).Select(r => r.AxisOn(service)).OfType<Axis>())
        {
            // Also for services whose calls are not intercepted: what is enumerated does not depend on it.
            session.Leaf.Consult(axis);
        }

        lock (_gate)
        {
            var window = definition.Seccomp
                ? new FaultWindow(service, isTrace, started, at, OpenOnEngine(service, rules, at, started, isTrace))
                : OpenSkipped(service, rules, at, started, isTrace);
            _open.Add(window);
            return window;
        }
    }

    /// <summary>Closes a window.</summary>
    public void Close(FaultWindow window)
    {
        lock (_gate)
        {
            if (!_open.Remove(window))
            {
                return;
            }

            if (window.Rules is { } rules)
            {
                LookForMappings(window.Service, rules);
                LookForPassersBy(window.Service);
                _engines[window.Service].Close(rules);
            }
            else
            {
                var closed = session.Log.Emit(window.IsTrace ? "trace_removed" : "fault_removed", window.Service);
                _skipped.Single(s => s.Window == window).ClosedSequence = closed;
            }
        }
    }

    /// <summary>Open windows that wait for a stop by name, oldest first.</summary>
    public IReadOnlyList<FaultWindow> OpenStarted(string service, bool trace)
    {
        lock (_gate)
        {
            return [.. _open.Where(w => w.IsStarted && w.IsTrace == trace && w.Service == service)];
        }
    }

    /// <summary>Closes what the body left open and reports each window as leaked.</summary>
    public void CloseLeaked()
    {
        lock (_gate)
        {
            foreach (var engine in _engines.Values.OrderBy(e => e.Service, StringComparer.Ordinal))
            {
                engine.CloseLeaked();
                LookForPassersBy(engine.Service);
            }

            foreach (var window in _open.Where(w => w.Rules is null).ToList())
            {
                session.Log.Emit("fault_leaked", window.Service, new EventField("keywords", _skipped.Single(s => s.Window == window).Keywords));
                Close(window);
            }

            _open.Clear();
        }
    }

    /// <summary>One row per declared keyword.</summary>
    public IReadOnlyList<FaultSummary> SummarizeRules() =>
        [.. Engines.SelectMany(e => e.SummarizeRules()), .. _skipped.SelectMany(s => s.SummarizeRules())];

    /// <summary>One row per window, in opening order.</summary>
    public IReadOnlyList<FaultWindowSummary> SummarizeWindows() =>
        [.. Engines.SelectMany(e => e.SummarizeWindows()).Concat(_skipped.Select(s => s.Summarize())).OrderBy(w => w.FromSequence)];

    private RuleWindow OpenOnEngine(string service, IReadOnlyList<FaultRule> rules, SourcePosition at, bool started, bool isTrace)
    {
        if (!_engines.TryGetValue(service, out var engine))
        {
            // Every call of the rules exists on another architecture only: there is nothing to intercept.
            throw new SessionException($"none of the calls of {Keywords(rules)} exists on this machine");
        }

        if (!isTrace && session.Spec.FindService(service) is { AllowIoUring: true } && _bypassable.Add(service))
        {
            session.AddDiagnostic(new Diagnostic(
                "UNMEDIATED_IO_URING", $"service \"{service}\" may use io_uring, whose operations no fault on a system call reaches")
            {
                Service = service,
            });
        }

        try
        {
            return isTrace ? engine.OpenTrace(rules, at, started) : engine.OpenFaults(rules, at, started);
        }
        catch (FaultRejectedException e)
        {
            throw new SessionException(e.Message);
        }
    }

    private bool IsLaunched(string service)
    {
        lock (_gate)
        {
            return _launched.Contains(service);
        }
    }

    /// <summary>What a service writes through shared memory passes by every rule on calls.</summary>
    private void LookForMappings(string service, RuleWindow window)
    {
        if (!FaultEngine.RestrictsPaths(window) || !_callers.TryGetValue(service, out var callers) || callers.MainProcess == 0)
        {
            return;
        }

        foreach (var path in _engines[service].CoveredPaths(window, SharedMappings.Of(callers.MainProcess)))
        {
            if (_mapped.Add((service, path)))
            {
                session.AddDiagnostic(new Diagnostic(
                    "UNMEDIATED_MMAP", $"service \"{service}\" shares memory with {path}, a file that a fault covers; what it writes there no fault reaches")
                {
                    Service = service,
                });
            }
        }
    }

    /// <summary>What a 32-bit process of a service does passes by every rule.</summary>
    private void LookForPassersBy(string service)
    {
        foreach (var process in _engines[service].PassersBySince(0).Where(p => _passersBy.Add((service, p))))
        {
            session.AddDiagnostic(new Diagnostic(
                "UNMEDIATED_32_BIT", $"{process}, a process of service \"{service}\", made 32-bit system calls while a fault was in force; no fault reaches those")
            {
                Service = service,
            });
        }
    }

    private ServiceDefinition Find(string service) =>
        session.Spec.FindService(service) ?? throw new SessionException($"no such service \"{service}\"");

    private SessionException NotFilterable(MissingCalls missing, IReadOnlyList<FaultRule> rules)
    {
        var intercepted = run.Filters.CallsOf(missing.Service);
        var message = $"{Keywords(rules)} on service \"{missing.Service}\": calls not intercepted: {string.Join(", ", missing.Calls)}; "
            + $"intercepted: {(intercepted.Count == 0 ? "nothing" : string.Join(", ", intercepted))}. "
            + $"Write the fault inline, as fault({missing.Service}, {rules[0].Keyword} = ..., run = ...)";
        session.AddDiagnostic(new Diagnostic("FAULT_NOT_FILTERABLE", message) { Service = missing.Service, Syscall = missing.Calls[0] });
        return new SessionException(message);
    }

    private FaultWindow OpenSkipped(string service, IReadOnlyList<FaultRule> rules, SourcePosition at, bool started, bool isTrace)
    {
        session.Log.Emit(
            "fault_skipped_no_seccomp",
            service,
            new EventField("reason", "mock-or-seccomp-disabled"),
            new EventField("requested_rules", Keywords(rules)));
        var opened = session.Log.Emit(
            isTrace ? "trace_applied" : "fault_applied", service, new EventField("note", "skipped (no seccomp session)"));
        var window = new FaultWindow(service, isTrace, started, at, rules: null);
        _skipped.Add(new SkippedWindow(window, rules, opened));
        return window;
    }

    private static string Keywords(IReadOnlyList<FaultRule> rules) => string.Join(",", rules.Select(r => r.Keyword));
}
