namespace Faultbox.Core.Verdicts;

/// <summary>The refined verdict shown to people and programs; computed in one place for all of them.</summary>
public static class Outcome
{
    /// <summary>Outcome word of a row, for example <c>passed</c>.</summary>
    public static string Of(TestResult test) => test.Result switch
    {
        Result.Pass => "passed",
        Result.Fail when test.FailureType == FailureType.Determinism => "strict_determinism_violation",
        Result.Fail => "failed",
        Result.Error => "errored",
        Result.Inconclusive => "inconclusive",
        _ => "halted",
    };

    /// <summary>Verdict word used in JSON, for example <c>pass</c>.</summary>
    public static string Word(Result result) => result switch
    {
        Result.Pass => "pass",
        Result.Fail => "fail",
        Result.Error => "error",
        Result.Inconclusive => "inconclusive",
        _ => "halted",
    };
}
