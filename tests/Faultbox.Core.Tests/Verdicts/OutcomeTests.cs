using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;
using TestResult = Faultbox.Core.Verdicts.TestResult;

namespace Faultbox.Core.Tests.Verdicts;

public sealed class OutcomeTests
{
    [Fact]
    public void A_required_fault_that_matched_nothing_takes_the_place_of_passed_and_of_nothing_else()
    {
        Assert.Equal("fault_bypassed", Outcome.Of(Row(Result.Pass, requires: true, matches: 0)));
        Assert.Equal("passed", Outcome.Of(Row(Result.Pass, requires: true, matches: 1)));
        Assert.Equal("passed", Outcome.Of(Row(Result.Pass, requires: false, matches: 0)));
        Assert.Equal("failed", Outcome.Of(Row(Result.Fail, requires: true, matches: 0)));
        Assert.Equal("inconclusive", Outcome.Of(Row(Result.Inconclusive, requires: true, matches: 0)));
        Assert.Equal("halted", Outcome.Of(Row(Result.Halted, requires: true, matches: 0)));
    }

    [Fact]
    public void A_judgement_is_a_finer_failure_and_determinism_outranks_it()
    {
        var row = Row(Result.Fail, requires: false, matches: 1) with { ExpectationViolated = true, FailureType = FailureType.Assertion };
        Assert.Equal("expectation_violated", Outcome.Of(row));
        Assert.Equal("strict_determinism_violation", Outcome.Of(row with { FailureType = FailureType.Determinism }));
    }

    [Fact]
    public void The_worst_of_several_stands_for_all()
    {
        Assert.Equal("errored", Outcome.Worst(["passed", "failed", "errored"], w => w));
        Assert.Equal("expectation_violated", Outcome.Worst(["fault_bypassed", "expectation_violated", "inconclusive"], w => w));
        Assert.Equal("passed", Outcome.Worst(["halted", "passed"], w => w));
        Assert.Equal("of another version", Outcome.Worst(["failed", "of another version"], w => w));
    }

    private static TestResult Row(Result result, bool requires, long matches) => new()
    {
        Name = "test_x",
        Result = result,
        Seed = 1,
        StartedAt = DateTime.UnixEpoch,
        Duration = TimeSpan.Zero,
        Log = new EventLog(TimeProvider.System),
        Scenario = new ScenarioDefinition(["down"], null) { RequiresFaults = requires },
        Faults = [new FaultSummary { Service = "db", Keyword = "write", Action = "deny", Hits = 0, Matches = matches, Windows = [] }],
    };
}
