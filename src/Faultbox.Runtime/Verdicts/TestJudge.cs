using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Runtime.Execution;

namespace Faultbox.Runtime.Verdicts;

/// <summary>Turns a finished execution into a row.</summary>
internal static class TestJudge
{
    /// <summary>The row of an execution that was not interrupted.</summary>
    public static TestResult Judge(TestAttempt attempt, TestDefinition test, int? run)
    {
        var session = attempt.Session;
        var (result, reason, type) = Decide(attempt);
        return new TestResult
        {
            Name = test.Name,
            Result = result,
            Seed = session.Seed,
            Run = run,
            StartedAt = attempt.StartedAt,
            Duration = attempt.Duration,
            Reason = reason,
            Reasons = reason is null ? [] : [reason],
            FailureType = type,
            Cause = attempt.Cause == EndCause.Timeout ? "timeout" : "natural",
            ReturnValue = attempt.Outcome?.ReturnValue,
            Detail = attempt.StartFailure?.Detail,
            Assertions = session.Assertions,
            Assertion = session.FailedAssertion,
            Traceback = attempt.Outcome?.Traceback ?? [],
            Faults = session.Windows.SummarizeRules(),
            Windows = session.Windows.SummarizeWindows(),
            Diagnostics = session.Diagnostics,
            Prints = session.Prints,
            BodyLeaked = attempt.BodyLeaked,
            Source = test.Position,
            Log = session.Log,
        };
    }

    /// <summary>The internal defect that ended an execution; null when there was none.</summary>
    public static CrashRecord? CrashOf(TestAttempt attempt, TestDefinition test)
    {
        if (attempt.Defect is { } defect)
        {
            return new CrashRecord(defect.Message, defect.StackTrace, test.Name);
        }

        return attempt.Outcome?.InternalStack is { } stack ? new CrashRecord(attempt.Outcome.Message ?? "internal defect", stack, test.Name) : null;
    }

    private static (Result Result, string? Reason, FailureType Type) Decide(TestAttempt attempt)
    {
        if (attempt.Defect is { } defect)
        {
            return (Result.Error, $"internal defect: {defect}", FailureType.Error);
        }

        if (attempt.StartFailure is { } failure)
        {
            return (Result.Fail, $"failed to start services: {failure.Message}", FailureType.ServiceStart);
        }

        if (attempt.Cause == EndCause.Timeout)
        {
            return (Result.Inconclusive, $"test timeout: body did not complete within {Durations.Text(attempt.BodyTime)}", FailureType.Timeout);
        }

        return attempt.Outcome is { Raised: true } outcome
            ? (Result.Fail, (attempt.FailedInSetup ? "setup: " : "") + outcome.Message, attempt.FailedInSetup ? FailureType.Setup : outcome.FailureType)
            : (Result.Pass, null, FailureType.None);
    }
}
