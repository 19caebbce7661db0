using System.Diagnostics;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Verdicts;
using Faultbox.Runtime;
using Faultbox.Spec.Faults;
using Faultbox.Spec.Loading;
using Faultbox.Spec.Properties;
using Faultbox.Spec.Testing;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Execution;

/// <summary>
/// Runs a scenario under its faults: monitors and rules on, the probe, its judgement while the rules are in force, rules off, the judgement
/// of the recovery, monitors off.
/// </summary>
internal sealed class ScenarioBody(SpecRegistry registry, DeclaredTest test, ScenarioPlan plan, TestSession session)
{
    private readonly SpecLock _lock = new();

    /// <summary>Runs it on the calling thread.</summary>
    public BodyOutcome Run()
    {
        registry.Running = session;
        try
        {
            using var watches = MonitorWatches.Start(session, [.. plan.Faults.SelectMany(f => f.Monitors), .. plan.Monitors]);
            var outcome = RunUnderFaults(out var probe);
            return plan.After is { } after && !outcome.Raised && !session.AwaitMonitors() ? Judge(after, "after", probe, outcome) : outcome;
        }
        catch (SessionException e)
        {
            return Failure(e.Message, FailureType.Error, test.Position, test.Name);
        }
    }

    private BodyOutcome RunUnderFaults(out ProbeResult probe)
    {
        var windows = WindowBuiltins.OpenAll(session, plan.Faults, test.Position);
        try
        {
            var outcome = RunProbe(out probe);
            return plan.Expect is { } expect && !outcome.Raised && !session.AwaitMonitors() ? Judge(expect, "expect", probe, outcome) : outcome;
        }
        finally
        {
            WindowBuiltins.CloseAll(session, windows);
        }
    }

    private BodyOutcome RunProbe(out ProbeResult probe)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(session.Cancellation);
        if (plan.Deadline is { } limit)
        {
            end.CancelAfter(limit);
        }

        var start = Stopwatch.GetTimestamp();
        var outcome = SpecThreads.Run(test.Name, Scope(end.Token), test.Body);
        var isLate = end.IsCancellationRequested && !session.Cancellation.IsCancellationRequested && outcome.InternalStack is null;
        probe = isLate
            ? new ProbeResult(Value.None, MissedDeadline: plan.Deadline)
            : new ProbeResult(outcome.Value, Stopwatch.GetElapsedTime(start));
        return probe.MissedDeadline is not { } deadline ? outcome.ToBody()
            : plan.Expect is ExpectationValue ? BodyOutcome.Completed
            : Failure(ExpectationBuiltins.DidNotReturn(deadline), FailureType.Timeout, test.Position, test.Name);
    }

    /// <summary>What becomes of a scenario that went well so far.</summary>
    private BodyOutcome Judge(StarlarkCallable oracle, string role, in ProbeResult probe, BodyOutcome outcome)
    {
        if (oracle is ExpectationValue expectation)
        {
            return Judge(expectation, probe, outcome);
        }

        var judged = SpecThreads.Run($"{test.Name}/{role}", Scope(session.Cancellation), oracle, probe.Value);
        if (judged.Error is not null || judged.Cancelled)
        {
            return judged.ToBody() with { ExpectationViolated = !judged.Cancelled, ReturnValue = outcome.ReturnValue };
        }

        if (judged.Value.TryGetBool(out var holds) && !holds)
        {
            session.AddDiagnostic(new Diagnostic("EXPECTATION_RETURNED_FALSE", "expectation returned False but did not fail") { Position = test.Position });
        }

        return outcome;
    }

    private BodyOutcome Judge(ExpectationValue expectation, in ProbeResult probe, BodyOutcome outcome)
    {
        session.CountAssertion();
        if (expectation.Objects(probe) is { } objection)
        {
            return Failure(objection, FailureType.Assertion, expectation.MadeAt, expectation.Name) with
            {
                ExpectationViolated = true,
                ReturnValue = outcome.ReturnValue,
            };
        }

        if (expectation.ExpectsHang && probe.MissedDeadline is null)
        {
            session.AddDiagnostic(new Diagnostic("HANG_NOT_OBSERVED", "expect_hang() was met by a scenario that returned None, not by a deadline")
            {
                Position = test.Position,
            });
        }

        return outcome;
    }

    private SpecScope Scope(CancellationToken cancellation) => new()
    {
        Kind = ScopeKind.Body,
        Registry = registry,
        Session = session,
        Cancellation = cancellation,
        Lock = _lock,
    };

    private static BodyOutcome Failure(string message, FailureType type, Core.SourcePosition at, string name) => new()
    {
        Raised = true,
        Message = message,
        FailureType = type,
        Traceback = [new Core.SourceFrame(at, name)],
    };
}
