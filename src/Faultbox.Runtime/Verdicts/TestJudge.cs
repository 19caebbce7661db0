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
        var (result, reason, type) = findings.Count == 0 ? (Result.Pass, null, FailureType.None) : findings[0];
        var row = new TestResult
        {
            Name = test.Name,
            Result = result,
            Seed = session.Seed,
            Run = run,
            Leaf = leaf,
            Gates = attempt.Gates,
            StartedAt = attempt.StartedAt,
            Duration = attempt.Duration,
            Reason = reason,
            Reasons = [.. findings.Select(f => f.Reason!)],
            FailureType = type,
            Cause = attempt.Cause switch
            {
                EndCause.Timeout => "timeout",
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
    private static IEnumerable<(Result Result, string? Reason, FailureType Type)> Reasons(TestAttempt attempt)
    {
        foreach (var (service, failure) in attempt.SupervisorFailures)
        {
            yield return (
                Result.Error,
                $"the supervisor of \"{service}\" stopped while the service is still running, so its intercepted calls block indefinitely: {failure}",
                FailureType.Error);
        }

        if (attempt.Defect is { } defect)
        {
            yield return (Result.Error, $"internal defect: {defect}", FailureType.Error);
        }

        if (attempt.Outcome is { Cancelled: false, InternalStack: { } stack })
        {
            yield return (Result.Error, $"internal defect: {attempt.Outcome.Message}\n{stack}", FailureType.Error);
        }

        foreach (var violation in attempt.Session.Monitors.Violations)
        {
            yield return (Result.Fail, $"monitor violation: {violation.Reason} at {violation.Monitor.Position}", FailureType.Monitor);
        }

        if (attempt.StartFailure is { } start)
        {
            yield return (Result.Fail, $"failed to start services: {start.Message}", FailureType.ServiceStart);
        }

        if (attempt.Session.Gates.Divergence is { } divergence)
        {
            yield return (Result.Inconclusive, divergence, FailureType.None);
        }

        if (attempt.Cause != EndCause.Timeout && BodyFailure(attempt) is { } failed)
        {
            yield return failed;
        }

        if (StrictDeterminism.ViolationIn(attempt) is { } untolerated)
        {
            yield return (Result.Fail, untolerated, FailureType.Determinism);
        }

        if (attempt.Cause == EndCause.Timeout)
        {
            yield return (Result.Inconclusive, $"test timeout: body did not complete within {Rounded(attempt.BodyTime)}", FailureType.Timeout);
        }
    }

    private static (Result Result, string? Reason, FailureType Type)? BodyFailure(TestAttempt attempt)
    {
        if (attempt.Outcome is not { Raised: true, InternalStack: null } outcome || (attempt.Cause == EndCause.ImmediateFail && outcome.Cancelled))
        {
            return null;
        }

        return attempt.FailedInSetup
            ? (Result.Fail, $"setup: {outcome.Message}{Place(outcome)}", FailureType.Setup)
            : (Result.Fail, $"{outcome.Message}{Place(outcome)}", outcome.FailureType);
    }

    private static IEnumerable<Diagnostic> StartFindings(TestAttempt attempt) =>
        attempt.StartFailure is { Code: { } code } failure ? [new Diagnostic(code, failure.Message) { Service = failure.Service }] : [];

    /// <summary>Where the specification failed: its innermost frame.</summary>
    private static string Place(BodyOutcome outcome) => outcome.Traceback is [.., var frame] ? $" at {frame.Position}" : "";

    private static string Rounded(TimeSpan time) => Durations.Text(TimeSpan.FromMilliseconds(Math.Round(time.TotalMilliseconds)));
}
