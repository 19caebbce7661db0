namespace Faultbox.Core.Verdicts;

/// <summary>The refined verdict shown to people and programs; computed in one place for all of them.</summary>
public static class Outcome
{
    private static readonly string[] WorstFirst =
    [
        "errored", "strict_determinism_violation", "nondeterministic", "failed", "expectation_violated", "inconclusive", "fault_bypassed", "passed", "halted",
    ];

    /// <summary>Outcome word of a row, for example <c>passed</c>.</summary>
    public static string Of(TestResult test) => test.Result switch
    {
        Result.Pass when test.FaultBypassed => "fault_bypassed",
        Result.Pass => "passed",
        Result.Fail when test.FailureType == FailureType.Determinism => "strict_determinism_violation",
        Result.Fail when test.ExpectationViolated => "expectation_violated",
        Result.Fail => "failed",
        Result.Error => "errored",
        Result.Inconclusive => "inconclusive",
        _ => "halted",
    };

    /// <summary>The worst of several rows; a word that is not known is worse than any.</summary>
    /// <param name="rows">Rows, at least one; of equally bad ones the first is taken.</param>
    /// <param name="outcome">Outcome word of a row.</param>
    public static T Worst<T>(IEnumerable<T> rows, Func<T, string> outcome) => rows.MinBy(r => Array.IndexOf(WorstFirst, outcome(r)))!;

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
