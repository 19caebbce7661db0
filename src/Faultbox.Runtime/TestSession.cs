using System.Text;
using Faultbox.Core;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Core.Leaves;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Protocols;
using Faultbox.Runtime.Execution;
using Faultbox.Runtime.Faults;
using Faultbox.Runtime.Gates;
using Faultbox.Runtime.Properties;
using Faultbox.Runtime.Proxying;
using Faultbox.Runtime.Services;
using Faultbox.Runtime.Steps;

namespace Faultbox.Runtime;

/// <summary>
/// One execution of one test: what the builtins of a specification act on. Members may be called from any thread. Errors that concern the
/// author of the specification are <see cref="SessionException"/>; blocking members end with <see cref="OperationCanceledException"/>
/// when the test is over.
/// </summary>
public sealed class TestSession
{
    private const int PrintLimit = 64 * 1024;

    private readonly RunContext _run;
    private readonly CancellationTokenSource _end;
    private readonly Lock _gate = new();
    private readonly StringBuilder _prints = new();
    private readonly List<Diagnostic> _diagnostics = [];
    private readonly StepRunner _steps;
    private int _assertions;
    private volatile AssertionRecord? _failedAssertion;
    private volatile bool _isOver;

    internal TestSession(
        RunContext run, string testName, ulong seed, LeafPlan leaf, EventLog log, CancellationTokenSource end, bool mayRelaunch)
    {
        _run = run;
        _end = end;
        Leaf = leaf;
        TestName = testName;
        Seed = seed;
        Log = log;
        _steps = new StepRunner(run, log, AddDiagnostic, () => Windows!.IsUnderFault || Proxies!.IsUnderFault || Control is { HasActed: true });
        Monitors = new MonitorBoard(this);
        Windows = new WindowBoard(run, this) { MayRelaunch = mayRelaunch };
        Gates = new GateControl(run, this);
        Proxies = new ProxyBoard(run, this);
    }

    /// <summary>Name of the test.</summary>
    public string TestName { get; }

    /// <summary>Seed of this execution.</summary>
    public ulong Seed { get; }

    /// <summary>Digits of this execution: what it decides on every axis it reaches.</summary>
    public LeafPlan Leaf { get; }

    /// <summary>The event log.</summary>
    public EventLog Log { get; }

    /// <summary>Fires when the body must stop: deadline, interruption, or a violated property.</summary>
    public CancellationToken Cancellation => _end.Token;

    /// <summary>The loaded specification.</summary>
    public SpecModel Spec => _run.Spec;

    /// <summary>True once the test is over: every further action is refused.</summary>
    public bool IsOver => _isOver;

    /// <summary>Path of the run's CA certificate; null when nothing in the topology speaks TLS.</summary>
    public string? CertificateFile => _run.Plan.CertificateFile;

    /// <summary>Addresses of the topology.</summary>
    internal AddressPlan Plan => _run.Plan;

    /// <summary>Fault and trace windows, and the engines that apply them.</summary>
    internal WindowBoard Windows { get; }

    /// <summary>Order of gated calls.</summary>
    internal GateControl Gates { get; }

    /// <summary>True when calls can be gated in this run.</summary>
    public bool HasGates => _run.Options.Gates.Count > 0;

    /// <summary>Runs branches while the order of the gated calls of all services is controlled.</summary>
    /// <param name="count">Number of branches.</param>
    /// <param name="branches">Blocks until every branch has ended; each calls the given action at its end.</param>
    public void RunGated(int count, Action<Action> branches)
    {
        ThrowIfOver();
        Gates.Run(count, branches);
    }

    /// <summary>Lets the calls of a service pass every gate of this test.</summary>
    public void Ungate(string service) => Gates.Exempt(service);

    /// <summary>Monitors that watch this test.</summary>
    internal MonitorBoard Monitors { get; }

    /// <summary>Acts on the processes of the services; set before the body runs.</summary>
    internal ServiceControl? Control { get; set; }

    /// <summary>Rules on messages and their windows.</summary>
    internal ProxyBoard Proxies { get; }

    /// <summary>What was stepped and what of it succeeded.</summary>
    internal StepLedger Ledger => _steps.Ledger;

    /// <summary>Evaluated assertions.</summary>
    internal int Assertions => Volatile.Read(ref _assertions);

    /// <summary>The comparison that failed last.</summary>
    internal AssertionRecord? FailedAssertion => _failedAssertion;

    /// <summary>Findings of this test so far.</summary>
    internal IReadOnlyList<Diagnostic> Diagnostics
    {
        get
        {
            lock (_gate)
            {
                return [.. _diagnostics];
            }
        }
    }

    /// <summary>What the body printed.</summary>
    internal string Prints
    {
        get
        {
            lock (_gate)
            {
                return _prints.ToString();
            }
        }
    }

    /// <summary>Puts rules in force on a service.</summary>
    /// <param name="service">Service name.</param>
    /// <param name="rules">Rules in keyword order.</param>
    /// <param name="at">Where the specification opened the window.</param>
    /// <param name="started">True for a window that a later stop by name closes.</param>
    public FaultWindow OpenFaults(string service, IReadOnlyList<FaultRule> rules, SourcePosition at, bool started = false)
    {
        ThrowIfOver();
        return Windows.Open(service, rules, at, started, isTrace: false);
    }

    /// <summary>
    /// Announces fault windows that open together, so that whatever the running filters lack for them is found out at once and not one
    /// service after the other.
    /// </summary>
    /// <param name="windows">Rules by service.</param>
    public void Require(IReadOnlyList<KeyValuePair<string, IReadOnlyList<FaultRule>>> windows)
    {
        ThrowIfOver();
        Windows.Require(windows);
    }

    /// <summary>Puts rules on messages in force on an interface.</summary>
    /// <param name="target">Interface.</param>
    /// <param name="rules">Rules in the order written.</param>
    /// <param name="at">Where the specification opened the window.</param>
    /// <param name="started">True for a window that a later stop closes.</param>
    /// <param name="assumption">Assumption that brings the rules; null when they are given directly.</param>
    /// <param name="source">Consumer that the whole window is limited to; null for none.</param>
    public FaultWindow OpenRules(
        InterfaceAddress target,
        IReadOnlyList<ProxyRule> rules,
        SourcePosition at,
        bool started = false,
        string? assumption = null,
        string? source = null)
    {
        ThrowIfOver();
        return Proxies.Open(target, rules, at, started, assumption, source);
    }

    /// <summary>Records the calls of the given rules.</summary>
    /// <param name="service">Service name.</param>
    /// <param name="rules">One rule per call keyword.</param>
    /// <param name="at">Where the specification opened the window.</param>
    /// <param name="started">True for a window that a later stop by name closes.</param>
    public FaultWindow OpenTrace(string service, IReadOnlyList<FaultRule> rules, SourcePosition at, bool started = false)
    {
        ThrowIfOver();
        return Windows.Open(service, rules, at, started, isTrace: true);
    }

    /// <summary>Closes a window; closing it twice does nothing. Allowed when the test is over, so that bodies can unwind.</summary>
    public void Close(FaultWindow window)
    {
        if (window.Proxy is null)
        {
            Windows.Close(window);
        }
        else
        {
            Proxies.Close(window);
        }
    }

    /// <summary>Open windows on an interface that wait for a stop, oldest first.</summary>
    public IReadOnlyList<FaultWindow> OpenStarted(InterfaceAddress target)
    {
        ThrowIfOver();
        return Proxies.OpenStarted(target);
    }

    /// <summary>Open windows on a service that wait for a stop by name, oldest first.</summary>
    public IReadOnlyList<FaultWindow> OpenStarted(string service, bool trace)
    {
        ThrowIfOver();
        return Windows.OpenStarted(service, trace);
    }

    /// <summary>Ends a service, and everything it started, with a signal; returns when nothing of it is left.</summary>
    /// <param name="service">Service name.</param>
    /// <param name="signal">Number of the signal; what survives it for a moment is killed.</param>
    public void Crash(string service, int signal)
    {
        ThrowIfOver();
        Control!.Crash(service, signal);
    }

    /// <summary>Starts a service again with the same filter, addresses and environment; open windows stay in force.</summary>
    /// <param name="service">Service name.</param>
    /// <param name="ready">True to wait for its healthcheck.</param>
    public void Restart(string service, bool ready)
    {
        ThrowIfOver();
        Control!.Restart(service, ready);
    }

    /// <summary>Suspends a service and everything it started.</summary>
    public void Pause(string service)
    {
        ThrowIfOver();
        Control!.Pause(service);
    }

    /// <summary>Lets a suspended service go on.</summary>
    public void Resume(string service)
    {
        ThrowIfOver();
        Control!.Resume(service);
    }

    /// <summary>Performs a step and records it; blocks until it is done.</summary>
    /// <param name="target">Interface to talk to.</param>
    /// <param name="method">Step method of its protocol.</param>
    /// <param name="arguments">Keywords in the order written.</param>
    /// <param name="phase">On whose behalf.</param>
    /// <param name="specName">Name of the running test when its own function made the call; otherwise null.</param>
    /// <param name="cancellation">Ends the step before the test is over, for example at the deadline of a readiness condition.</param>
    public StepResponse Step(
        InterfaceAddress target,
        string method,
        IReadOnlyList<KeyValuePair<string, object?>> arguments,
        StepPhase phase,
        string? specName,
        CancellationToken cancellation = default)
    {
        ThrowIfOver();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(Cancellation, cancellation);
        either.Token.ThrowIfCancellationRequested();
        return _steps.Run(new StepCall(target, method, arguments, phase, specName), either.Token);
    }

    /// <summary><c>host:port</c> at which the test driver reaches an interface.</summary>
    public string AddressOf(InterfaceAddress target) => _steps.AddressOf(target);

    /// <summary>
    /// <c>host:port</c> at which a program of this host reaches an interface: that of its proxy for a remote service, else the interface itself.
    /// </summary>
    public string HostAddressOf(InterfaceAddress target) =>
        Spec.FindService(target.Service) is { Remote: null } service && service.FindInterface(target.Interface) is { } declared
            ? Plan.Direct(service, declared).ToString()
            : AddressOf(target);

    /// <summary>
    /// Shows every later event of this test to a monitor, until the returned watch is disposed, or else to the end. A monitor that watches
    /// already is not added a second time.
    /// </summary>
    public IDisposable Watch(MonitorDefinition monitor)
    {
        ThrowIfOver();
        return Monitors.Add(monitor);
    }

    /// <summary>Waits until the monitors have seen every event so far; true when a property did not hold after one of them.</summary>
    public bool AwaitMonitors()
    {
        Log.Drain();
        return Monitors.IsViolated;
    }

    /// <summary>Counts one evaluated assertion.</summary>
    public void CountAssertion() => Interlocked.Increment(ref _assertions);

    /// <summary>Keeps the comparison that failed; the last one counts.</summary>
    public void RecordFailedAssertion(AssertionRecord record) => _failedAssertion = record;

    /// <summary>Prints a line on behalf of the body.</summary>
    public void Print(string line)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            if (_prints.Length + line.Length < PrintLimit)
            {
                _prints.Append(line).Append('\n');
            }
        }

        _run.Observer.Printed(TestName, line);
    }

    /// <summary>Adds a finding to this test.</summary>
    public void AddDiagnostic(Diagnostic diagnostic)
    {
        lock (_gate)
        {
            _diagnostics.Add(diagnostic);
        }
    }

    /// <summary>Sequence numbers of the most recent call and reply events, oldest first.</summary>
    public IReadOnlyList<long> RecentCallEvents(int max) => _steps.RecentEvents(max);

    /// <summary>Ends the body as soon as it notices.</summary>
    internal void Cancel() => _end.Cancel();

    /// <summary>Refuses every further action of the body.</summary>
    internal void End()
    {
        lock (_gate)
        {
            _isOver = true;
        }
    }

    private void ThrowIfOver()
    {
        if (_isOver)
        {
            throw new SessionException("leaf is over");
        }
    }
}
