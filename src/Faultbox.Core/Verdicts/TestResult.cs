using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Core.Leaves;

namespace Faultbox.Core.Verdicts;

/// <summary>Engine verdict of one row.</summary>
public enum Result
{
    /// <summary>Everything checked held.</summary>
    Pass,

    /// <summary>A check did not hold.</summary>
    Fail,

    /// <summary>The run itself was not trustworthy.</summary>
    Error,

    /// <summary>Time ran out before anything was decided.</summary>
    Inconclusive,

    /// <summary>The test ended itself.</summary>
    Halted,
}

/// <summary>Typed cause of a failure; never derived from message text.</summary>
public enum FailureType
{
    /// <summary>No failure.</summary>
    None,

    /// <summary>An assertion builtin failed.</summary>
    Assertion,

    /// <summary>A deadline passed.</summary>
    Timeout,

    /// <summary>Services could not be started.</summary>
    ServiceStart,

    /// <summary>The body raised something else.</summary>
    Error,

    /// <summary>The setup callable failed.</summary>
    Setup,

    /// <summary>A monitor was violated.</summary>
    Monitor,

    /// <summary>A service used a source of nondeterminism that is not tolerated.</summary>
    Determinism,
}

/// <summary>Everything known about one executed row.</summary>
public sealed record TestResult
{
    /// <summary>Test name, beginning with <c>test_</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Verdict.</summary>
    public required Result Result { get; init; }

    /// <summary>Seed the row ran with.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Number of the run, from 0, when the test was repeated.</summary>
    public int? Run { get; init; }

    /// <summary>Which of the several executions of the test this is; null when there is one only.</summary>
    public Leaf? Leaf { get; init; }

    /// <summary>Calls that were gated; the schedule of the leaf is an order of these.</summary>
    public IReadOnlyCollection<string> Gates { get; init; } = [];

    /// <summary>What the row was as a scenario under faults; null for an ordinary test.</summary>
    public ScenarioDefinition? Scenario { get; init; }

    /// <summary>True when it was the judgement of the scenario's result that failed the row.</summary>
    public bool ExpectationViolated { get; init; }

    /// <summary>True for a row that passed although a rule that its matrix requires matched nothing: it proves nothing.</summary>
    public bool FaultBypassed => Result == Result.Pass && Scenario is { RequiresFaults: true } && Faults.Any(f => f.ZeroTraffic);

    /// <summary>Findings that take something away from what a passing scenario proves.</summary>
    public IEnumerable<Diagnostic> Doubts => Diagnostics.Where(d => d.Code is "EXPECTATION_RETURNED_FALSE" or "HANG_NOT_OBSERVED");

    /// <summary>Start, UTC.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>Duration from the start of the services to the end of teardown.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Headline of a verdict other than pass.</summary>
    public string? Reason { get; init; }

    /// <summary>Every rule of the verdict table that applied, most important first.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Typed cause.</summary>
    public FailureType FailureType { get; init; }

    /// <summary>What ended the body: <c>natural</c>, <c>timeout</c>, <c>terminate_when</c> or <c>immediate_fail</c>.</summary>
    public string Cause { get; init; } = "natural";

    /// <summary>Text of the returned value; null for <c>None</c>.</summary>
    public string? ReturnValue { get; init; }

    /// <summary>Further lines below the reason, such as the last output of a service.</summary>
    public string? Detail { get; init; }

    /// <summary>Number of assertions evaluated.</summary>
    public int Assertions { get; init; }

    /// <summary>The comparison that failed, if an assertion did.</summary>
    public AssertionRecord? Assertion { get; init; }

    /// <summary>Specification frames of a failure, outermost first.</summary>
    public IReadOnlyList<SourceFrame> Traceback { get; init; } = [];

    /// <summary>One row per declared fault or trace keyword, ordered by first use.</summary>
    public IReadOnlyList<FaultSummary> Faults { get; init; } = [];

    /// <summary>One row per fault or trace window, in opening order.</summary>
    public IReadOnlyList<FaultWindowSummary> Windows { get; init; } = [];

    /// <summary>Counts of intercepted calls per service, services in ordinal order.</summary>
    public IReadOnlyList<SyscallSummary> Syscalls { get; init; } = [];

    /// <summary>One row per monitor that watched the test, in the order they were registered.</summary>
    public IReadOnlyList<MonitorSummary> Monitors { get; init; } = [];

    /// <summary>Findings of this row.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>Lines printed by the body, at most 64 KiB.</summary>
    public string Prints { get; init; } = "";

    /// <summary>True when the body did not stop after it was cancelled.</summary>
    public bool BodyLeaked { get; init; }

    /// <summary>Where the test was declared, if known.</summary>
    public SourcePosition? Source { get; init; }

    /// <summary>The recorded events; closed for writing.</summary>
    public required EventLog Log { get; init; }
}

/// <summary>What one monitor did in one test.</summary>
/// <param name="Name">Name of the monitor.</param>
/// <param name="Matched">Events that were its business.</param>
/// <param name="Violations">Events after which its property did not hold.</param>
public sealed record MonitorSummary(string Name, int Matched, int Violations);

/// <summary>A failed comparison with the calls that led to it.</summary>
public sealed record AssertionRecord
{
    /// <summary>Builtin, for example <c>assert_eq</c>.</summary>
    public required string Function { get; init; }

    /// <summary>Representation of the expected value.</summary>
    public string? Expected { get; init; }

    /// <summary>Representation of the actual value.</summary>
    public string? Actual { get; init; }

    /// <summary>Message given by the specification.</summary>
    public string? Message { get; init; }

    /// <summary>Source text of the asserted expression.</summary>
    public string? Expression { get; init; }

    /// <summary>Position of the call.</summary>
    public SourcePosition? Position { get; init; }

    /// <summary>Sequence numbers of the most recent call and reply events, oldest first, at most eight.</summary>
    public IReadOnlyList<long> Context { get; init; } = [];
}

/// <summary>Totals of one declared keyword over all its windows in one test.</summary>
public sealed record FaultSummary
{
    /// <summary>Service the rule was installed on.</summary>
    public required string Service { get; init; }

    /// <summary>The keyword as written; <c>interface:action</c> for a rule on messages.</summary>
    public required string Keyword { get; init; }

    /// <summary><c>deny</c>, <c>delay</c>, <c>allow</c> or <c>trace</c>; for a rule on messages the action of its events.</summary>
    public required string Action { get; init; }

    /// <summary>Errno name of a deny, duration text of a delay, otherwise null.</summary>
    public string? Detail { get; init; }

    /// <summary>Named operation, if the keyword is one.</summary>
    public string? Operation { get; init; }

    /// <summary>Label, if any.</summary>
    public string? Label { get; init; }

    /// <summary>What a rule on messages adds; null for one on system calls.</summary>
    public ProtocolRuleSummary? Protocol { get; init; }

    /// <summary>Times the rule fired.</summary>
    public required long Hits { get; init; }

    /// <summary>Times the rule matched.</summary>
    public required long Matches { get; init; }

    /// <summary>Times the rule was due and found nothing to act on.</summary>
    public long WithoutEffect { get; init; }

    /// <summary>The windows that carried it, in opening order.</summary>
    public required IReadOnlyList<RuleUse> Windows { get; init; }

    /// <summary>Why nothing matched; null when something did or the rule only observes.</summary>
    public string? Hint { get; init; }

    /// <summary>True for a rule that matched nothing and should have: it is reported.</summary>
    public bool ZeroTraffic => Matches == 0 && (Protocol is not null || Action is ("deny" or "delay" or "kill"));
}

/// <summary>A rule on messages in results.</summary>
/// <param name="Interface">Interface it was installed on.</param>
/// <param name="Protocol">Protocol of the interface.</param>
/// <param name="Rule">The rule as text, for example <c>drop(path="/x")</c>.</param>
/// <param name="Assumption">Assumption that brought it; null when it was given directly.</param>
/// <param name="Seen">Messages of the interface while it was in force.</param>
public sealed record ProtocolRuleSummary(string Interface, string Protocol, string Rule, string? Assumption, long Seen);

/// <summary>One rule in one window.</summary>
/// <param name="Rule">The rule as its window announced it.</param>
/// <param name="Hits">Times it fired there.</param>
/// <param name="FromSequence">Event that announced the window.</param>
/// <param name="ToSequence">Event that announced its end; 0 when it was still open at the end of the test.</param>
public sealed record RuleUse(string Rule, long Hits, long FromSequence, long ToSequence);

/// <summary>One fault or trace window of a test.</summary>
/// <param name="Service">Service.</param>
/// <param name="Trace">True for a trace window.</param>
/// <param name="Rules">Keyword and its summary text, for example <c>deny(ENOSPC) → filter:[write,writev,pwrite64]</c>.</param>
/// <param name="Hits">Times its rules fired.</param>
/// <param name="FromSequence">Event at which it opened.</param>
/// <param name="ToSequence">Event at which it closed; 0 when it was still open at the end.</param>
public sealed record FaultWindowSummary(
    string Service, bool Trace, IReadOnlyList<EventField> Rules, long Hits, long FromSequence, long ToSequence);

/// <summary>Intercepted calls of one service.</summary>
/// <param name="Service">Service.</param>
/// <param name="Total">All intercepted calls.</param>
/// <param name="Faulted">Those whose decision was a fault.</param>
/// <param name="DroppedNotifications">Calls that were gone before their answer, because their thread died or a signal took them back.</param>
/// <param name="Breakdown">Count per call, most frequent first.</param>
public sealed record SyscallSummary(
    string Service, long Total, long Faulted, long DroppedNotifications, IReadOnlyList<KeyValuePair<string, long>> Breakdown);
