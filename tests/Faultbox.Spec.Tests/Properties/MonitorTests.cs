using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Tests.Properties;

public sealed class MonitorTests
{
    private const string CountToTwo = """
        monitor("at most one reply", on = match.event(type = "step_recv"), state_init = {"n": 0}, update = count, check = lambda e, s: s["n"] < 2)

        """;

    private const string Count = """
        def count(e, s):
            s["n"] += 1
            return s

        """;

    [Fact]
    public void The_first_violation_ends_the_body_and_every_test_starts_from_the_initial_state()
    {
        var suite = SpecRun.All(SpecRun.WebService() + Count + CountToTwo + """
            def test_a():
                web.main.get(path = "/")
                web.main.get(path = "/")
                sleep("20s")

            def test_b():
                assert_true(web.main.get(path = "/").ok)
            """);
        var first = suite.Tests[0];
        Assert.Equal(Result.Fail, first.Result);
        Assert.Equal(FailureType.Monitor, first.FailureType);
        Assert.Equal("immediate_fail", first.Cause);
        Assert.Contains("monitor violation: monitor \"at most one reply\" violated at event seq=", first.Reason, StringComparison.Ordinal);
        Assert.Contains("type=\"step_recv\" service=\"test\" at shop.star:", first.Reason, StringComparison.Ordinal);
        Assert.True(first.Duration < TimeSpan.FromSeconds(15), $"took {first.Duration}");
        Assert.Equal(new MonitorSummary("at most one reply", 2, 1), Assert.Single(first.Monitors));
        Assert.Equal("monitor", Assert.Single(first.Log.OfType("violation")).Field("kind"));
        Assert.Equal(Result.Pass, suite.Tests[1].Result);
        Assert.Equal(new MonitorSummary("at most one reply", 1, 0), Assert.Single(suite.Tests[1].Monitors));
    }

    [Fact]
    public void A_violation_by_the_last_event_of_a_body_that_returned_is_not_lost()
    {
        for (var i = 0; i < 5; i++)
        {
            var test = SpecRun.One(SpecRun.WebService() + """
                monitor("none", on = match.event(type = "step_recv"), check = lambda e, s: False)
                def test_x():
                    web.main.get(path = "/")
                """);
            Assert.Equal(Result.Fail, test.Result);
        }
    }

    [Fact]
    public void A_monitor_declared_in_a_body_watches_from_there_and_may_use_what_the_body_can_reach()
    {
        var test = SpecRun.One(SpecRun.WebService() + """
            def test_x():
                web.main.get(path = "/")
                seen = []
                def note(e, s):
                    seen.append(e.seq)
                    return s
                monitor("noting", on = lambda e: e.type == "step_recv", update = note)
                web.main.get(path = "/")
                web.main.get(path = "/")
                for i in range(2000):
                    if len(seen) == 2:
                        break
                    sleep("10ms")
                assert_eq(len(seen), 2)
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Theory]
    [InlineData("update = lambda e, s: s + 1", "update raised: unknown binary op: NoneType + int")]
    [InlineData("check = lambda e, s: e.nope", "check raised: event has no attribute \"nope\"; read a field that may be absent with .get(\"nope\")")]
    [InlineData("check = lambda e: True", "check raised: function lambda accepts ")]
    public void Raising_is_a_violation(string argument, string message)
    {
        var test = SpecRun.One(SpecRun.WebService() + $"""
            monitor("m", on = match.event(type = "step_send"), {argument})
            def test_x():
                web.main.get(path = "/")
                sleep("30s")
            """);
        Assert.Equal(Result.Fail, test.Result);
        Assert.Contains($"monitor \"m\" {message}", test.Reason, StringComparison.Ordinal);
        Assert.Contains(" at shop.star:", test.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_that_raises_selects_nothing_and_is_reported_once_with_its_traceback()
    {
        var test = SpecRun.One(SpecRun.WebService() + """
            monitor("m", on = lambda e: e.nope == "x", check = lambda e, s: False)
            def test_x():
                assert_true(web.main.get(path = "/").ok)
            """);
        Assert.Equal(Result.Pass, test.Result);
        var finding = Assert.Single(test.Diagnostics, d => d.Code == "PREDICATE_RAISED");
        Assert.Contains("shop.star:", finding.Message, StringComparison.Ordinal);
        Assert.Contains("in lambda", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Events_know_their_order_in_time_and_cause()
    {
        var test = SpecRun.One(SpecRun.WebService() + """
            def ordered(e, s):
                return (e.preceded_by(match.event(type = "step_send")) and not e.followed_by(match.event(type = "service_ready"))
                    and e.preceded_by_within(matcher = lambda p: p.type == "step_send", window = "30s")
                    and e.directly_caused_by(match.event(service = "web")) and e.same_service_as(e)
                    and not e.happens_before(e) and e.concurrent_with(e) and e.duration_since(e) == 0)
            monitor("m", on = match.event(type = "step_recv"), check = ordered)
            def test_x():
                assert_true(web.main.get(path = "/").ok)
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Theory]
    [InlineData("monitor(\"\", on = match.all())", "monitor(\"\"): name must not be empty")]
    [InlineData("monitor(\"m\")", "monitor(\"m\"): missing required argument on")]
    [InlineData("monitor(\"m\", on = 3)", "monitor(\"m\"): on: expected matcher or callable, got int")]
    [InlineData("monitor(\"m\", on = match.all(), check = 3)", "monitor(\"m\"): check must be a callable, got int")]
    [InlineData("def deep():\n    x = []\n    for i in range(100000):\n        x = [x]\n    return x\nmonitor(\"m\", on = match.all(), state_init = deep())", "monitor(\"m\"): state_init has more than 500 levels of nesting")]
    [InlineData("monitor(\"m\", on = match.all(), chek = 3)", "monitor(\"m\"): unknown keyword argument \"chek\"; did you mean \"check\"?")]
    [InlineData("match.event(\"syscall\")", "match.event(): ")]
    [InlineData("match.event(type = 3)", "match.event(): type must be string, got int")]
    [InlineData("match.event(path = [1])", "match.event(): path must be string, got list")]
    [InlineData("match.any(3)", "match.any(): argument 1 must be matcher, got int")]
    [InlineData("match.all(m = 3)", "match.all(): unknown keyword argument \"m\"; match.all() takes no keywords")]
    [InlineData("match.never(1)", "match.never(): ")]
    [InlineData("match.evnt()", "match_namespace has no .evnt attribute (did you mean .event?)")]
    public void Bad_monitors_and_matchers_name_the_mistake(string line, string message)
    {
        Assert.Contains(message, SpecDirectory.Error(line + "\n").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Matchers_print_as_what_they_match()
    {
        var model = SpecDirectory.Model("print(match.any(match.event(type = \"syscall\", path = \"/data/*\"), match.never()), type(match.all()), match)\n");
        Assert.Equal("<matcher any(event(type=\"syscall\", path=\"/data/*\"), never())> matcher <match namespace>\n", model.Prints);
    }
}
