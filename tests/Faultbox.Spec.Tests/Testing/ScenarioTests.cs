using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Tests.Testing;

public sealed class ScenarioTests
{
    private const string Get = """
        def get():
            return web.main.get(path = "/200/a")
        down = fault_assumption("down", target = web.main, rules = [error(path = "/200/a", status = 503)])

        """;

    [Fact]
    public void The_result_is_judged_while_the_faults_are_in_force_and_again_when_they_are_gone()
    {
        var test = SpecRun.One(SpecRun.WebService() + Get + """
            def under_fault(r):
                assert_eq((r.status, get().status), (503, 503))
            def recovered(r):
                assert_eq((r.status, get().status), (503, 200))
            fault_scenario("s", scenario = get, faults = down, expect = under_fault, after = recovered)
            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
        Assert.Equal("test_s", test.Name);
        Assert.Equal("<response 503>", test.ReturnValue);
        Assert.Equal(2, test.Assertions);
        Assert.Equal(["down"], test.Scenario!.Faults);
        Assert.Equal("under_fault", test.Scenario.Expectation);
        Assert.Equal("down", test.Log.OfType("proxy_fault_applied").Single().Field("assumption"));
        Assert.Equal("down", test.Log.OfType("proxy_fault_removed").Single().Field("assumption"));
    }

    [Fact]
    public void Rules_on_calls_come_first_and_go_last_and_no_faults_are_a_positive_control()
    {
        var suite = SpecRun.All(SpecRun.WebService() + Get + """
            disk = fault_assumption("disk", target = web, write = deny("ENOSPC"))
            fault_scenario("both", scenario = get, faults = [down, disk], expect = lambda r: assert_eq(r.status, 503))
            fault_scenario("control", scenario = get, faults = [], expect = expect_success())
            """);

        Assert.Equal(
            ["fault_applied", "proxy_fault_applied", "proxy_fault_removed", "fault_removed"],
            Types(suite.Tests[0]).Where(t => t.Contains("_applied", StringComparison.Ordinal) || t.Contains("_removed", StringComparison.Ordinal)));
        Assert.Equal(["down", "disk"], suite.Tests[0].Scenario!.Faults);
        Assert.True(suite.Tests[1].Result == Result.Pass, suite.Tests[1].Reason);
        Assert.Empty(suite.Tests[1].Faults);
        Assert.Equal(1, suite.Tests[1].Assertions);
    }

    [Theory]
    [InlineData("lambda r: assert_eq(r.status, 200)", "assert_eq failed: 503 != 200 at shop.star:")]
    [InlineData("lambda r: fail(\"no\")", "fail: no at shop.star:")]
    [InlineData("expect_success()", "expect_success(): status_code=503 at shop.star:")]
    public void An_oracle_that_raises_violates_the_expectation(string oracle, string reason)
    {
        var test = SpecRun.One(SpecRun.WebService() + Get + $"fault_scenario(\"s\", scenario = get, faults = down, expect = {oracle})\n");

        Assert.Equal("expectation_violated", Outcome.Of(test));
        Assert.StartsWith(reason, test.Reason, StringComparison.Ordinal);
        Assert.Single(test.Log.OfType("proxy_fault_removed"));
    }

    [Fact]
    public void A_recovery_that_raises_violates_the_expectation_too()
    {
        var test = SpecRun.One(SpecRun.WebService() + Get + "fault_scenario(\"s\", scenario = get, faults = down, after = lambda r: assert_eq(get().status, 503))\n");

        Assert.Equal("expectation_violated", Outcome.Of(test));
        Assert.StartsWith("assert_eq failed: 200 != 503", test.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scenario_that_raises_fails_and_is_not_judged()
    {
        var test = SpecRun.One(SpecRun.WebService() + Get + """
            fault_scenario("s", scenario = lambda: fail("broken"), faults = down, expect = lambda r: print("judged"), after = lambda r: print("judged"))
            """);

        Assert.Equal("failed", Outcome.Of(test));
        Assert.Equal("", test.Prints);
        Assert.Single(test.Log.OfType("proxy_fault_removed"));
    }

    [Fact]
    public void An_oracle_that_returns_false_passes_and_is_told_so()
    {
        var suite = SpecRun.All("""
            fault_scenario("false", scenario = lambda: 3, expect = lambda r: r == 4)
            fault_scenario("none", scenario = lambda: 3, expect = lambda r: None)
            fault_scenario("zero", scenario = lambda: 3, expect = lambda r: 0)
            """);

        Assert.All(suite.Tests, t => Assert.Equal("passed", Outcome.Of(t)));
        var finding = Assert.Single(suite.Tests[0].Doubts);
        Assert.Equal("EXPECTATION_RETURNED_FALSE", finding.Code);
        Assert.Equal("expectation returned False but did not fail", finding.Message);
        Assert.Contains("lambda r: assert_true(<that condition>)", finding.Suggestion, StringComparison.Ordinal);
        Assert.Empty(suite.Tests[1].Doubts);
        Assert.Empty(suite.Tests[2].Doubts);
    }

    [Theory]
    [InlineData(", expect = expect_hang()", "passed", null)]
    [InlineData(", expect = expect_success()", "expectation_violated", "expect_success(): scenario did not return within 300ms at ")]
    [InlineData(", expect = expect_error_within(ms = 50)", "expectation_violated", "expect_error_within(ms=50): scenario did not return within 300ms at ")]
    [InlineData(", expect = lambda r: None", "failed", "scenario did not return within 300ms at shop.star:1:1")]
    [InlineData("", "failed", "scenario did not return within 300ms at shop.star:1:1")]
    public void A_deadline_ends_the_scenario_and_what_expects_the_hang_decides(string oracle, string outcome, string? reason)
    {
        var test = SpecRun.One($"fault_scenario(\"h\", scenario = lambda: sleep(\"10m\"), timeout = \"300ms\"{oracle})\n");

        Assert.Equal(outcome, Outcome.Of(test));
        Assert.StartsWith(reason ?? "", test.Reason ?? "", StringComparison.Ordinal);
        Assert.Equal(oracle.Contains("lambda", StringComparison.Ordinal) || oracle.Length == 0 ? FailureType.Timeout : test.FailureType, test.FailureType);
        Assert.Equal(test.FailureType == FailureType.Timeout ? "timeout" : "natural", test.Cause);
    }

    [Fact]
    public void A_deadline_ends_a_loop_a_step_and_what_runs_in_parallel()
    {
        var suite = SpecRun.All(SpecRun.WebService() + """
            slow = fault_assumption("slow", target = web.main, rules = [delay(delay = "10m")])
            def spin():
                for i in range(1 << 40):
                    pass
            def step():
                return web.main.get(path = "/200/a")
            def branches():
                parallel(lambda: sleep("10m"), lambda: sleep("10m"))
            fault_scenario("loop", scenario = spin, expect = expect_hang(), timeout = "300ms")
            fault_scenario("step", scenario = step, faults = slow, expect = expect_hang(), timeout = "300ms")
            fault_scenario("parallel", scenario = branches, expect = expect_hang(), timeout = "300ms")
            """);

        Assert.All(suite.Tests, t => Assert.True(Outcome.Of(t) == "passed", $"{t.Name}: {t.Reason}"));
        Assert.All(suite.Tests, t => Assert.False(t.BodyLeaked));
    }

    [Fact]
    public void A_hang_that_nothing_observed_is_told()
    {
        var test = SpecRun.One("fault_scenario(\"h\", scenario = lambda: None, expect = expect_hang())\n");

        Assert.Equal("passed", Outcome.Of(test));
        Assert.Equal("HANG_NOT_OBSERVED", Assert.Single(test.Doubts).Code);
    }

    [Fact]
    public void A_monitor_of_a_scenario_or_an_assumption_watches_nothing_else_and_its_violation_comes_before_the_judgement()
    {
        var suite = SpecRun.All(SpecRun.WebService() + Get + """
            one = monitor("one", on = match.event(type = "step_recv"), check = lambda e, s: False)
            two = monitor("two", on = match.event(type = "proxy_fault_removed"))
            three = monitor("three", on = match.event(type = "proxy_fault_removed"))
            watched = fault_assumption("watched", target = web.main, rules = [error(status = 503)], monitors = [two])
            deeper = fault_assumption("deeper", faults = [watched], monitors = [three])
            def test_plain():
                assert_true(get().ok)
            def test_window():
                assert_eq(fault(deeper, run = get).status, 503)
                assert_eq(fault(deeper, run = get).status, 503)
                assert_eq(fault(down, run = get).status, 503)
            fault_scenario("violated", scenario = get, faults = down, expect = lambda r: print("judged"), after = lambda r: print("judged"), monitors = [one])
            fault_scenario("watched", scenario = get, faults = deeper, expect = lambda r: assert_eq(r.status, 503))
            """);

        Assert.Equal(Result.Pass, suite.Tests[0].Result);
        Assert.Empty(suite.Tests[0].Monitors);
        Assert.Equal("failed", Outcome.Of(suite.Tests[1]));
        Assert.StartsWith("monitor violation: monitor \"one\" violated", suite.Tests[1].Reason, StringComparison.Ordinal);
        Assert.Equal("", suite.Tests[1].Prints);
        Assert.Equal([new MonitorSummary("three", 1, 0), new MonitorSummary("two", 1, 0)], suite.Tests[2].Monitors.OrderBy(m => m.Name));
        Assert.Equal([new MonitorSummary("three", 2, 0), new MonitorSummary("two", 2, 0)], suite.Tests[3].Monitors.OrderBy(m => m.Name));
    }

    [Fact]
    public void Choices_and_enumerated_faults_give_a_scenario_several_leaves()
    {
        var suite = SpecRun.All(SpecRun.WebService() + """
            flaky = fault_assumption("flaky", target = web.main, rules = [error(status = 503, probability = 0.5, max_fires = 1, label = "once")])
            def probe():
                return [web.main.get(path = choose("path", ["/200/a", "/201/b"])).status, choose("n", [1, 2])]
            fault_scenario("leaves", scenario = probe, faults = flaky, expect = lambda r: assert_true(r[0] in (200, 201, 503)))
            """);

        Assert.Equal(8, suite.Tests.Count);
        Assert.All(suite.Tests, t => Assert.True(t.Result == Result.Pass, t.Reason));
        Assert.Equal(8, suite.Tests.Select(t => t.Leaf!.Key).Distinct().Count());
    }

    [Fact]
    public void Names_that_are_taken_are_numbered_and_a_function_wins_over_a_scenario()
    {
        var model = SpecDirectory.Model("""
            def test_b():
                pass
            fault_scenario("a", scenario = lambda: 1)
            fault_scenario("a", scenario = lambda: 2)
            fault_scenario("a", scenario = lambda: 3)
            fault_scenario("b", scenario = lambda: 4)
            test("a", body = lambda: None)
            """);

        Assert.Equal(["test_a", "test_a_2", "test_a_3", "test_b"], model.Tests.Select(t => t.Name));
        Assert.All(model.Tests.Take(3), t => Assert.NotNull(t.Scenario));
        Assert.Null(model.Tests[3].Scenario);
        Assert.Equal(
            [
                "test_a is declared at shop.star:3:1 and at shop.star:4:1; the second one runs as test_a_2",
                "test_a is declared at shop.star:3:1 and at shop.star:5:1; the second one runs as test_a_3",
                "test_b is declared at shop.star:1:5 and at shop.star:6:1; the second one is not run",
                "test_a is declared at shop.star:3:1 and at shop.star:7:1; the second one is not run",
            ],
            model.Diagnostics.Where(d => d.Code == "DUPLICATE_TEST_NAME").Select(d => d.Message));
    }

    [Theory]
    [InlineData("fault_scenario()", "fault_scenario(): missing required arguments name, scenario")]
    [InlineData("fault_scenario(\"\", scenario = len)", "fault_scenario(\"\"): name must not be empty")]
    [InlineData("fault_scenario(3, scenario = len)", "fault_scenario(): name must be string, got int")]
    [InlineData("fault_scenario(\"s\")", "fault_scenario(\"s\"): missing required argument scenario")]
    [InlineData("fault_scenario(\"s\", scenario = 3)", "fault_scenario(\"s\"): scenario must be a callable, got int")]
    [InlineData("fault_scenario(\"s\", scenario = None)", "fault_scenario(\"s\"): scenario must be a callable, got NoneType")]
    [InlineData("fault_scenario(\"s\", scenario = len, faults = 3)", "fault_scenario(\"s\"): faults must be a fault_assumption or a list of them, got int")]
    [InlineData("fault_scenario(\"s\", scenario = len, faults = [fault_assumption(\"a\"), 3])", "fault_scenario(\"s\"): faults[1] must be a fault_assumption, got int")]
    [InlineData("fault_scenario(\"s\", scenario = len, expect = 3)", "fault_scenario(\"s\"): expect must be a callable, got int")]
    [InlineData("fault_scenario(\"s\", scenario = len, after = 3)", "fault_scenario(\"s\"): after must be a callable, got int")]
    [InlineData("fault_scenario(\"s\", scenario = len, monitors = 3)", "fault_scenario(\"s\"): monitors must be list, got int")]
    [InlineData("fault_scenario(\"s\", scenario = len, monitors = [3])", "fault_scenario(\"s\"): monitors[0] must be a monitor, got int")]
    [InlineData("fault_scenario(\"s\", scenario = len, timeout = \"soon\")", "fault_scenario(\"s\"): bad duration \"soon\" for timeout")]
    [InlineData("fault_scenario(\"s\", scenario = len, timeout = \"0s\")", "fault_scenario(\"s\"): timeout must be positive, got \"0s\"")]
    [InlineData("fault_scenario(\"s\", scenario = len, fault = [])", "fault_scenario(\"s\"): unknown keyword argument \"fault\"; did you mean \"faults\"?")]
    [InlineData("fault_assumption(\"a\", monitors = [3])", "fault_assumption(\"a\"): monitors[0] must be a monitor, got int")]
    public void A_bad_scenario_is_refused_while_the_specification_loads(string line, string message) =>
        Assert.Contains(message, SpecDirectory.Error(line).Message, StringComparison.Ordinal);

    [Fact]
    public void A_scenario_is_declared_while_the_specification_loads() =>
        Assert.StartsWith(
            "fault_scenario() declares a part of the plan; declare it at module level",
            SpecRun.ReasonOf("fault_scenario(\"s\", scenario = len)"),
            StringComparison.Ordinal);

    private static IEnumerable<string> Types(TestResult test) => test.Log.From(0).Select(e => e.Type);
}
