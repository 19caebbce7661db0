using Faultbox.Core;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Protocols;

namespace Faultbox.Runtime;

/// <summary>
/// One execution of one test: what the builtins of a specification act on. Members may be called from any thread. Errors that concern the
/// author of the specification are <see cref="SessionException"/>; blocking members end with <see cref="OperationCanceledException"/>
/// when the test is over.
/// </summary>
public sealed class TestSession
{
    /// <summary>Name of the test.</summary>
    public string TestName => throw new NotImplementedException();

    /// <summary>Seed of this execution.</summary>
    public ulong Seed => throw new NotImplementedException();

    /// <summary>The event log.</summary>
    public EventLog Log => throw new NotImplementedException();

    /// <summary>Fires when the body must stop: deadline, interruption, or a violated property.</summary>
    public CancellationToken Cancellation => throw new NotImplementedException();

    /// <summary>The loaded specification.</summary>
    public SpecModel Spec => throw new NotImplementedException();

    /// <summary>True once the test is over: every further action is refused.</summary>
    public bool IsOver => throw new NotImplementedException();

    /// <summary>Puts rules in force on a service.</summary>
    /// <param name="service">Service name.</param>
    /// <param name="rules">Rules in keyword order.</param>
    /// <param name="at">Where the specification opened the window.</param>
    /// <param name="started">True for a window that a later stop by name closes.</param>
    public FaultWindow OpenFaults(string service, IReadOnlyList<FaultRule> rules, SourcePosition at, bool started = false) =>
        throw new NotImplementedException();

    /// <summary>Records the calls of the given rules.</summary>
    /// <param name="service">Service name.</param>
    /// <param name="rules">One rule per call keyword.</param>
    /// <param name="at">Where the specification opened the window.</param>
    /// <param name="started">True for a window that a later stop by name closes.</param>
    public FaultWindow OpenTrace(string service, IReadOnlyList<FaultRule> rules, SourcePosition at, bool started = false) =>
        throw new NotImplementedException();

    /// <summary>Closes a window; closing it twice does nothing.</summary>
    public void Close(FaultWindow window) => throw new NotImplementedException();

    /// <summary>Open windows on a service that wait for a stop by name, oldest first.</summary>
    public IReadOnlyList<FaultWindow> OpenStarted(string service, bool trace) => throw new NotImplementedException();

    /// <summary>Performs a step and records it; blocks until it is done.</summary>
    /// <param name="target">Interface to talk to.</param>
    /// <param name="method">Step method of its protocol.</param>
    /// <param name="arguments">Keywords in the order written.</param>
    /// <param name="phase">On whose behalf.</param>
    /// <param name="specName">Name of the running test when its own function made the call; otherwise null.</param>
    public StepResponse Step(
        InterfaceAddress target, string method, IReadOnlyList<KeyValuePair<string, object?>> arguments, StepPhase phase, string? specName) =>
        throw new NotImplementedException();

    /// <summary><c>host:port</c> at which the test driver reaches an interface.</summary>
    public string AddressOf(InterfaceAddress target) => throw new NotImplementedException();

    /// <summary>Counts one evaluated assertion.</summary>
    public void CountAssertion() => throw new NotImplementedException();

    /// <summary>Keeps the comparison that failed; the last one counts.</summary>
    public void RecordFailedAssertion(AssertionRecord record) => throw new NotImplementedException();

    /// <summary>Prints a line on behalf of the body.</summary>
    public void Print(string line) => throw new NotImplementedException();

    /// <summary>Adds a finding to this test.</summary>
    public void AddDiagnostic(Diagnostic diagnostic) => throw new NotImplementedException();

    /// <summary>Sequence numbers of the most recent call and reply events, oldest first.</summary>
    public IReadOnlyList<long> RecentCallEvents(int max) => throw new NotImplementedException();
}
