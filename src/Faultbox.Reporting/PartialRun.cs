using Faultbox.Core.Verdicts;

namespace Faultbox.Reporting;

/// <summary>Why a run is not complete and what it left undone.</summary>
/// <param name="Reason"><c>interrupted</c>, <c>budget</c>, <c>crash</c>, <c>killed</c> or <c>missing_shards</c>.</param>
/// <param name="Signal">Signal that interrupted it, for example <c>SIGINT</c>; null otherwise.</param>
/// <param name="NotRun">Tests without a verdict, cut-off ones included.</param>
public sealed record PartialRun(string Reason, string? Signal, IReadOnlyList<string> NotRun)
{
    /// <summary>Number of tests without a verdict.</summary>
    public int Aborted => NotRun.Count;

    /// <summary>One line for people, to be shown before any count.</summary>
    public string Headline
    {
        get
        {
            var cause = Reason switch
            {
                "interrupted" => Signal is null ? "it was interrupted" : $"it was interrupted by {Signal}",
                "budget" => "its time budget ran out",
                "crash" => "faultbox itself failed",
                "killed" => "faultbox was killed",
                "missing_shards" => "some shards are missing",
                _ => Reason,
            };
            return NotRun.Count == 0 ? $"partial run: {cause}" : $"partial run: {cause}; no verdict for {string.Join(", ", NotRun)}";
        }
    }

    internal static PartialRun? Of(SuiteResult suite)
    {
        var cutOff = suite.Interrupted.Select(t => t.Name).Except(suite.NotRun);
        string[] notRun = [.. cutOff, .. suite.NotRun];
        var crashedOutsideTest = suite.Crash is { LastTest: null };
        var reason = suite.Signal is not null ? "interrupted"
            : suite.Crash is not null && (crashedOutsideTest || notRun.Length > 0) ? "crash"
            : notRun.Length > 0 ? "budget"
            : null;
        return reason is null ? null : new PartialRun(reason, suite.Signal, notRun);
    }
}
