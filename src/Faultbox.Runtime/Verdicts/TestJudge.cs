using Faultbox.Core.Diagnostics;
using Faultbox.Core.Leaves;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Runtime.Execution;

namespace Faultbox.Runtime.Verdicts;

/// <summary>Turns a finished execution into a row.</summary>
internal static class TestJudge
{
    /// <summary>The row of an execution that was not interrupted.</summary>
    public static TestResult Judge(TestAttempt attempt, TestDefinition test, int? run, Leaf? leaf)
    {
        var session = attempt.Session;
        var findings = Reasons(attempt).ToList();
        var headline = findings.Count == 0 ? new Finding(Result.Pass, null, FailureType.None) : findings[0];
        var row = new TestResult
        {
            Name = test.Name,
            Result = headline.Result,
            Seed = session.Seed,
            Run = run,
            Leaf = leaf,
            Gates = attempt.Gates,
            Scenario = test.Scenario,
            ExpectationViolated = headline.IsJudgement,
            StartedAt = attempt.StartedAt,
            Duration = attempt.Duration,
            Reason = headline.Reason,
            Reasons = [.. findings.Select(f => f.Reason!)],
            FailureType = headline.Type,
            Cause = attempt.Cause switch
            {
                EndCause.Timeout => "timeout",
                EndCause.Natural when attempt.Outcome is { FailureType: FailureType.Timeout } => "timeout",
                EndCause.ImmediateFail => "immediate_fail",
                _ => "natural",
            },
            Monitors = session.Monitors.Summaries,
            ReturnValue = attempt.Outcome?.ReturnValue,
            Detail = attempt.StartFailure?.Detail,
            Assertions = session.Assertions,
            Assertion = session.FailedAssertion,
            Traceback = attempt.Cause == EndCause.ImmediateFail ? [] : attempt.Outcome?.Traceback ?? [],
            Faults = [.. session.Windows.SummarizeRules(), .. session.Proxies.SummarizeRules()],
            Windows = [.. session.Windows.SummarizeWindows().Concat(session.Proxies.SummarizeWindows()).OrderBy(w => w.FromSequence)],
            Syscalls = SyscallSummaries.Of(session.Log, session.Windows.Engines),
            Prints = session.Prints,
            BodyLeaked = attempt.BodyLeaked,
            Source = test.Position,
            Log = session.Log,
        };
        return row with { Diagnostics = [.. StartFindings(attempt), .. session.Diagnostics, .. TestFindings.Of(row)] };
    }

    /// <summary>The internal defect that ended an execution; null when there was none.</summary>
    public static CrashRecord? CrashOf(TestAttempt attempt, TestDefinition test)
    {
        if (attempt.Defect is { } defect)
        {
            return new CrashRecord(defect.Message, defect.StackTrace, test.Name);
        }

        return attempt.Outcome is { Cancelled: false, InternalStack: { } stack } outcome
            ? new CrashRecord(outcome.Message ?? "internal defect", stack, test.Name)
            : null;
    }

    /// <summary>Every rule of the verdict table that applies, most important first.</summary>
    private static IEnumerable<Finding> Reasons(TestAttempt attempt)
    {
        foreach (var (service, failure) in attempt.SupervisorFailures)
        {
            yield return new Finding(
                Result.Error,
                $"the supervisor of \"{service}\" stopped while the service is still running, so its intercepted calls block indefinitely: {failure}",
                FailureType.Error);
        }

        if (attempt.Defect is { } defect)
        {
            yield return new Finding(Result.Error, $"internal defect: {defect}", FailureType.Error);
        }

        if (attempt.Outcome is { Cancelled: false, InternalStack: { } stack })
        {
            yield return new Finding(Result.Error, $"internal defect: {attempt.Outcome.Message}\n{stack}", FailureType.Error);
        }

        foreach (var violation in attempt.Session.Monitors.Violations)
        {
            yield return new Finding(Result.Fail, $"monitor violation: {violation.Reason} at {violation.Monitor.Position}", FailureType.Monitor);
        }

        if (attempt.StartFailure is { } start)
        {
            yield return new Finding(Result.Fail, $"failed to start services: {start.Message}", FailureType.ServiceStart);
        }

        if (attempt.Session.Gates.Divergence is { } divergence)
        {
            yield return new Finding(Result.Inconclusive, divergence, FailureType.None);
        }

        foreach (var finding in BodyAndDeterminism(attempt))
        {
            yield return finding;
        }

        if (attempt.Cause == EndCause.Timeout)
        {
            yield return new Finding(Result.Inconclusive, $"test timeout: body did not complete within {Rounded(attempt.BodyTime)}", FailureType.Timeout);
        }
    }

    /// <summary>What the body raised, then what cannot be repeated; but a judgement of what cannot be repeated is worth less than that it cannot.</summary>
    private static IEnumerable<Finding> BodyAndDeterminism(TestAttempt attempt)
    {
        var body = attempt.Cause == EndCause.Timeout ? null : BodyFailure(attempt);
        Finding? determinism = StrictDeterminism.ViolationIn(attempt) is { } untolerated ? new Finding(Result.Fail, untolerated, FailureType.Determinism) : null;
        Finding?[] findings = body is { IsJudgement: true } ? [determinism, body] : [body, determinism];
        return findings.OfType<Finding>();
    }

    private static Finding? BodyFailure(TestAttempt attempt)
    {
        if (attempt.Outcome is not { Raised: true, InternalStack: null } outcome || (attempt.Cause == EndCause.ImmediateFail && outcome.Cancelled))
        {
            return null;
        }

        return attempt.FailedInSetup
            ? new Finding(Result.Fail, $"setup: {outcome.Message}{Place(outcome)}", FailureType.Setup)
            : new Finding(Result.Fail, $"{outcome.Message}{Place(outcome)}", outcome.FailureType, outcome.ExpectationViolated);
    }

    private static IEnumerable<Diagnostic> StartFindings(TestAttempt attempt) =>
        attempt.StartFailure is { Code: { } code } failure ? [new Diagnostic(code, failure.Message) { Service = failure.Service }] : [];

    /// <summary>Where the specification failed: its innermost frame.</summary>
    private static string Place(BodyOutcome outcome) => outcome.Traceback is [.., var frame] ? $" at {frame.Position}" : "";

    private static string Rounded(TimeSpan time) => Durations.Text(TimeSpan.FromMilliseconds(Math.Round(time.TotalMilliseconds)));

    /// <summary>One rule of the verdict table that applies.</summary>
    private readonly record struct Finding(Result Result, string? Reason, FailureType Type, bool IsJudgement = false);
}
