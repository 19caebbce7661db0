using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Tests.Testing;

public sealed class AssertionTests
{
    [Fact]
    public void A_body_that_returns_passes_and_its_value_is_kept()
    {
        var test = SpecRun.Body("assert_true(1 < 2)\nassert_eq([1], [1])\nassert_eq(None, None)\nprint(\"hello\")\nreturn {\"a\": 1}");
        Assert.Equal(Result.Pass, test.Result);
        Assert.Equal(3, test.Assertions);
        Assert.Equal("{\"a\": 1}", test.ReturnValue);
        Assert.Equal("hello\n", test.Prints);
    }

    [Fact]
    public void A_failed_comparison_keeps_both_sides_the_expression_and_the_frames()
    {
        var test = SpecRun.One("""
            def check(status):
                assert_eq(status, 201, "created")

            def test_x():
                check(500)
            """);
        Assert.Equal(Result.Fail, test.Result);
        Assert.StartsWith("assert_eq failed: 500 != 201 (created)", test.Reason, StringComparison.Ordinal);
        Assert.Equal(FailureType.Assertion, test.FailureType);
        Assert.Equal(["test_x", "check"], test.Traceback.Select(f => f.Name));
        Assert.Equal([5, 2], test.Traceback.Select(f => f.Position.Line));
        var assertion = test.Assertion!;
        Assert.Equal("assert_eq", assertion.Function);
        Assert.Equal("201", assertion.Expected);
        Assert.Equal("500", assertion.Actual);
        Assert.Equal("created", assertion.Message);
        Assert.Equal("status", assertion.Expression);
        Assert.Equal(2, assertion.Position!.Value.Line);
    }

    [Fact]
    public void A_failed_condition_keeps_its_source_text()
    {
        var assertion = SpecRun.Body("x = 3\nassert_true(x + 1 < 2 and\n    x > 0, msg = \"too big\")").Assertion!;
        Assert.Equal("x + 1 < 2 and x > 0", assertion.Expression);
        Assert.Equal("True", assertion.Expected);
        Assert.Equal("False", assertion.Actual);
        Assert.Equal("too big", assertion.Message);
    }

    [Theory]
    [InlineData("assert_true(0)", "assertion failed")]
    [InlineData("assert_true([], \"empty\")", "empty")]
    [InlineData("assert_true(False, message = \"no\")", "no")]
    [InlineData("assert_eq(\"a\", \"b\")", "assert_eq failed: \"a\" != \"b\"")]
    [InlineData("assert_eq(1, True)", "assert_eq failed: 1 != True")]
    [InlineData("assert_true(True, text = \"x\")", "assert_true(): unknown keyword argument \"text\"")]
    [InlineData("assert_eq(1)", "assert_eq(): missing required argument expected")]
    [InlineData("assert_true(True, msg = 3)", "assert_true(): msg must be string, got int")]
    [InlineData("assert_before(first = {\"type\": \"a\"})", "assert_before: requires first={...} and then={...} keyword arguments")]
    [InlineData("assert_before(first = {\"type\": \"a\"}, then = {\"type\": \"b\"})", "assert_before: no event matching 'first' filters (type=\"a\")")]
    [InlineData("assert_eventually(type = \"syscall\", syscall = \"write\")", "assert_eventually: no matching event found (filters: type=\"syscall\", syscall=\"write\")")]
    [InlineData("assert_eventually(where = lambda e: e.type == \"nothing\")", "assert_eventually: no event matched where= predicate")]
    [InlineData("assert_eventually(where = 3)", "assert_eventually(): where= must be a callable, got int")]
    [InlineData("assert_never(service = [])", "assert_never(): service= must be a string, got list")]
    public void Failures_have_exact_words(string line, string reason)
    {
        Assert.StartsWith(reason, SpecRun.ReasonOf(line), StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_that_is_no_assertion_has_its_own_type()
    {
        var test = SpecRun.Body("x = [1]\nreturn x[3]");
        Assert.Equal(Result.Fail, test.Result);
        Assert.Equal(FailureType.Error, test.FailureType);
        Assert.Equal(3, Assert.Single(test.Traceback).Position.Line);
    }

    [Fact]
    public void Globals_are_frozen()
    {
        var test = SpecRun.One("seen = []\n\ndef test_x():\n    seen.append(1)\n");
        Assert.StartsWith("cannot append to frozen list", test.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Recursion_is_refused()
    {
        var test = SpecRun.One("def f(n):\n    return f(n - 1)\n\ndef test_x():\n    f(3)\n");
        Assert.StartsWith("function f called recursively", test.Reason, StringComparison.Ordinal);
        Assert.Equal(["test_x", "f"], test.Traceback.Select(f => f.Name));
    }

    [Fact]
    public void Declarations_inside_a_body_are_refused()
    {
        Assert.StartsWith("service() declares a part of the plan; declare it at module level", SpecRun.ReasonOf("service(\"x\", \"/bin/true\")"), StringComparison.Ordinal);
    }

    [Fact]
    public void Setup_runs_before_the_body_and_its_failure_is_named()
    {
        var test = SpecRun.One("test(\"x\", body = lambda: None, setup = lambda: assert_eq(1, 2))\n");
        Assert.Equal(Result.Fail, test.Result);
        Assert.StartsWith("setup: assert_eq failed: 1 != 2", test.Reason, StringComparison.Ordinal);
        Assert.StartsWith(
            "setup: sleep() may only be called inside a test body",
            SpecRun.One("test(\"x\", body = lambda: None, setup = lambda: sleep(\"1s\"))\n").Reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_that_never_ends_is_cut_at_its_timeout()
    {
        var suite = SpecRun.All("""
            def spin():
                for i in range(10000000000):
                    pass

            test("spin", body = spin, timeout = "200ms")
            test("wait", body = lambda: sleep("190ms"), timeout = "10s")
            """);
        Assert.Equal([Result.Inconclusive, Result.Pass], suite.Tests.Select(t => t.Result));
        Assert.False(suite.Tests[0].BodyLeaked);
    }

    [Fact]
    public void A_sleep_longer_than_the_budget_is_refused_up_front()
    {
        var test = SpecRun.One("test(\"x\", body = lambda: sleep(\"1h\"), timeout = \"2s\")\n");
        Assert.Equal(Result.Fail, test.Result);
        Assert.StartsWith("sleep(): 1h0m0s is longer than what is left of the test's budget (", test.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Durations_are_nanoseconds()
    {
        Assert.Equal(Result.Pass, SpecRun.Body("assert_eq(duration(\"1m30s\"), 90000000000)\nassert_eq(duration(\"-250us\"), -250000)").Result);
        Assert.StartsWith("duration(): bad duration \"5\"", SpecRun.ReasonOf("duration(\"5\")"), StringComparison.Ordinal);
    }
}
