using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Tests.Faults;

/// <summary>Windows on interfaces, with real services behind the proxies.</summary>
public sealed class InterfaceWindowTests
{
    [Fact]
    public void A_prefix_rule_answers_its_messages_and_leaves_the_others_alone()
    {
        var test = SpecRun.One(SpecRun.LineService() + """
            def body():
                assert_eq(db.main.send(data = "env NOPE"), "denied")
                assert_eq(db.main.send(data = "ping"), "pong")
            def test_x():
                fault(db.main, response(method = "env", body = "denied\n", label = "no"), run = body)
                assert_eq(db.main.send(data = "ping"), "pong")

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
        var fired = Assert.Single(test.Log.OfType("proxy"));
        Assert.Equal(
            ["action=respond", "protocol=tcp", "first_bytes=env NOPE\\x0a", "first_hex=656e76204e4f50450a", "body_size=7", "interface=main",
             "consumer=test", "rule=no", "label=no"],
            fired.Fields.SkipLast(1).Select(f => $"{f.Name}={f.Value}"));
        Assert.Equal("conn_id", fired.Fields[^1].Name);
        var statistics = Assert.Single(test.Log.OfType("proxy_rule_stats"));
        Assert.Equal(("2", "1", "1"), (statistics.Field("seen"), statistics.Field("matched"), statistics.Field("fired")));
        Assert.True(test.Log.OfType("proxy_fault_applied").Single().Sequence < fired.Sequence);
        Assert.True(test.Log.OfType("proxy_fault_removed").Single().Sequence > fired.Sequence);
        var row = Assert.Single(test.Faults);
        Assert.Equal(("main:respond", 1, 1, 2L), (row.Keyword, row.Hits, row.Matches, row.Protocol!.Seen));
    }

    [Fact]
    public void An_HTTP_rule_answers_with_its_status_and_body()
    {
        var test = SpecRun.One(SpecRun.WebService() + """
            def body():
                r = web.main.post(path = "/200/jobs", body = "x")
                assert_eq(r.status, 429)
                assert_eq(r.data, {"e": 1})
                assert_eq(r.fields["content_type"] if hasattr(r, "fields") else "application/json", "application/json")
                assert_eq(web.main.get(path = "/200/ok").status, 200)
            def test_x():
                fault(web.main, response(method = "POST", path = "/200/jobs", status = 429, body = '{"e":1}'), run = body)

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
        var fired = Assert.Single(test.Log.OfType("proxy"));
        Assert.Equal(
            ("respond", "http", "POST", "/200/jobs", "429"),
            (fired.Field("action"), fired.Field("protocol"), fired.Field("method"), fired.Field("path"), fired.Field("status")));
    }

    [Fact]
    public void Delays_add_up_and_the_last_rule_acts()
    {
        var test = SpecRun.One(SpecRun.WebService() + """
            def body():
                r = web.main.get(path = "/200/slow")
                assert_eq(r.status, 503)
                assert_true(r.duration_ms >= 300)
            def test_x():
                fault(web.main, [delay(path = "/200/s*", delay = "150ms"), delay(path = "/200/s*", delay = "150ms")],
                    error(path = "/200/slow", status = 503), run = body)

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
        Assert.Equal(["delay", "delay", "error"], test.Log.OfType("proxy").Select(e => e.Field("action")));
    }

    [Fact]
    public void Item_24_an_inner_window_that_closes_leaves_the_outer_one_in_force()
    {
        var test = SpecRun.One(SpecRun.LineService() + """
            def inner():
                assert_eq(db.main.send(data = "ping"), "outer")
            def outer():
                fault(db.main, response(method = "env", body = "inner\n"), run = inner)
                assert_eq(db.main.send(data = "ping"), "outer")
                assert_eq(db.main.send(data = "env A"), "(unset)")
            def test_x():
                fault(db.main, response(method = "ping", body = "outer\n"), run = outer)

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Fact]
    public void A_window_that_was_started_is_stopped_by_its_handle_or_by_its_interface()
    {
        var test = SpecRun.One(SpecRun.LineService() + """
            def test_x():
                first = fault_start(db.main, response(method = "ping", body = "a\n"))
                second = fault_start(db.main, response(method = "env", body = "b\n"))
                assert_eq(db.main.send(data = "ping"), "a")
                fault_stop(first)
                assert_eq(db.main.send(data = "ping"), "pong")
                assert_eq(db.main.send(data = "env A"), "b")
                fault_stop(db.main)
                assert_eq(db.main.send(data = "env A"), "(unset)")

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
        Assert.Empty(test.Log.OfType("fault_leaked"));
    }

    [Fact]
    public void A_window_left_open_is_reported_as_leaked()
    {
        var test = SpecRun.One(SpecRun.LineService() + "def test_x():\n    fault_start(db.main, drop(method = \"ping\"))\n    assert_true(True)\n");

        var leaked = Assert.Single(test.Log.OfType("fault_leaked"));
        Assert.Equal(("db", "main", "main:drop"), (leaked.Service, leaked.Field("interface"), leaked.Field("keywords")));
        Assert.Single(test.Log.OfType("proxy_fault_removed"));
    }

    [Fact]
    public void An_assumption_brings_rules_on_messages_and_on_system_calls()
    {
        var test = SpecRun.One(SpecRun.LineService() + """
            child = fault_assumption("child", target = db.main, rules = [response(method = "env", body = "c\n")])
            both = fault_assumption("both", target = db.main, rules = [response(method = "ping", body = "p\n")], faults = [child])
            def body():
                assert_eq(db.main.send(data = "ping"), "p")
                assert_eq(db.main.send(data = "env A"), "c")
            def test_x():
                fault(both, run = body)

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
        Assert.Equal(["both", "both"], test.Log.OfType("proxy_fault_applied").Select(e => e.Field("assumption")));
        Assert.Equal("both", Assert.Single(test.Log.OfType("proxy_fault_removed")).Field("assumption"));
    }

    [Theory]
    [InlineData("drop(method = \"PING\")", "ping", "1 message in the window, none with method=\"PING\"; seen: ping\\x0a (1)")]
    [InlineData("drop(method = \"x\")", null, "no connection reached the proxy of db.main in this test: only the test itself can reach it")]
    public void Item_25_a_rule_that_matched_nothing_says_why(string rule, string? line, string hint)
    {
        var body = line is null ? "None" : $"db.main.send(data = \"{line}\")";
        var test = SpecRun.One(SpecRun.LineService() + $"def test_x():\n    fault(db.main, {rule}, run = lambda: {body})\n    assert_true(True)\n");

        var silent = Assert.Single(test.Log.OfType("fault_zero_traffic"));
        Assert.StartsWith(hint, silent.Field("hint"), StringComparison.Ordinal);
        Assert.Equal(("main", "tcp", "drop"), (silent.Field("interface"), silent.Field("protocol"), silent.Field("action")));
        Assert.Equal(line is null ? "0" : "1", silent.Field("seen"));
        Assert.Contains(test.Diagnostics, d => d.Code == "FAULT_NOT_FIRED");
        Assert.True(Assert.Single(test.Faults).ZeroTraffic);
    }

    [Fact]
    public void A_rule_behind_one_that_decides_first_says_which_and_what_was_seen_before_its_window_does_not_count()
    {
        var test = SpecRun.One(SpecRun.LineService() + """
            def ping():
                return db.main.send(data = "ping")
            def test_x():
                fault(db.main, drop(method = "QUIT"), run = ping)
                fault(db.main, response(method = "p", body = "early\n"), response(method = "ping", body = "late\n"), run = lambda: assert_eq(ping(), "early"))
                fault(db.main, drop(method = "QUIT"), run = ping)

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
        Assert.Equal(
            [
                "1 message in the window, none with method=\"QUIT\"; seen: ping\\x0a (1): check the pattern",
                "1 message in the window; those that it matches were decided by an earlier rule, response(method=\"p\"): write the narrower rule first",
                "1 message in the window, none with method=\"QUIT\"; seen: ping\\x0a (1): check the pattern",
            ],
            test.Log.OfType("fault_zero_traffic").Select(e => e.Field("hint")));
    }

    [Fact]
    public void A_rule_whose_messages_come_from_somebody_else_says_from_whom()
    {
        var port = FreePort.Next();
        var test = SpecRun.One(SpecRun.LineService()
            + $"api = service(\"api\", \"{ServerPrograms.LineServer}\", interface(\"main\", \"tcp\", {port}), args = [\"{port}\"], "
            + $"healthcheck = tcp(\"localhost:{port}\"), env = {{\"A\": db.main.proxy_addr}})\n"
            + """
            def ping():
                return db.main.send(data = "ping")
            def test_x():
                fault(db.main, drop(method = "ping"), source = api, run = ping)
                fault(db.main, drop(method = "QUIT"), source = api, run = ping)

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
        var silent = test.Log.OfType("fault_zero_traffic").ToList();
        Assert.Equal(
            [
                "1 message in the window; those that it matches came from test, and the rule is limited to api: drive api inside run=, or leave source= out",
                "1 message in the window, none with method=\"QUIT\"; seen: ping\\x0a (1): check the pattern",
            ],
            silent.Select(e => e.Field("hint")));
        Assert.Equal(["method=\"ping\", source=\"api\"", "method=\"QUIT\", source=\"api\""], silent.Select(e => e.Field("match")));
    }

    [Fact]
    public void The_same_seed_drops_the_same_messages()
    {
        var spec = SpecRun.LineService() + """
            def body():
                return "".join(["1" if db.main.send(data = "ping") == "no" else "0" for i in range(60)])
            def test_x():
                return fault(db.main, response(method = "ping", body = "no\n", probability = "30%"), run = body)

            """;
        var first = SpecRun.One(spec);
        Assert.True(first.Result == Result.Pass, first.Reason);
        Assert.Equal(first.ReturnValue, SpecRun.One(spec).ReturnValue);
        Assert.InRange(Assert.Single(first.Faults).Hits, 6, 32);
    }

    [Fact]
    public void Probability_zero_never_fires_and_is_a_finding()
    {
        var model = SpecDirectory.Model("x = drop(probability = 0)\n");
        Assert.Contains(model.Diagnostics, d => d.Code == "PROBABILITY_ZERO");
    }

    [Fact]
    public void Ports_stay_the_same_and_reused_consumers_reach_restarted_dependencies()
    {
        var port = FreePort.Next();
        var result = SpecRun.All(SpecRun.LineService("a") + SpecRun.LineService("b")
            + $"api = service(\"api\", \"{ServerPrograms.LineServer}\", interface(\"main\", \"tcp\", {port}), args = [\"{port}\"], reuse = True, "
            + $"healthcheck = tcp(\"localhost:{port}\"), env = {{\"A\": a.main.proxy_addr, \"DSN\": \"tcp://\" + a.main.proxy_addr + \"/x\"}})\n"
            + """
            def check():
                assert_eq(api.main.send(data = "env DSN"), "tcp://" + api.main.send(data = "env A") + "/x")
                assert_eq(a.main.send(data = "ping"), "pong")
                assert_eq(b.main.send(data = "ping"), "pong")
                return api.main.send(data = "env A")
            def test_1():
                return check()
            def test_2():
                return check()
            def test_3():
                return check()

            """);

        Assert.All(result.Tests, t => Assert.True(t.Result == Result.Pass, t.Reason));
        Assert.Single(result.Tests.Select(t => t.ReturnValue).Distinct());
        Assert.Single(result.Tests.Select(t => ListenOf(t, "proxy_started", "a")).Distinct());
        Assert.Equal(["proxy_started", "proxy_active", "proxy_active"], result.Tests.Select(t => ProxyEventOf(t, "api").Type));
        Assert.All(result.Tests, t => Assert.Equal("proxy_started", ProxyEventOf(t, "b").Type));
    }

    [Fact]
    public void Every_consumer_has_a_port_of_its_own()
    {
        var port = FreePort.Next();
        var test = SpecRun.One(SpecRun.LineService("a")
            + $"api = service(\"api\", \"{ServerPrograms.LineServer}\", interface(\"main\", \"tcp\", {port}), args = [\"{port}\"], "
            + $"healthcheck = tcp(\"localhost:{port}\"), env = {{\"A\": \"localhost:\" + str(a.main.port), \"BIND\": \"127.0.0.1:{port}\"}})\n"
            + """
            def test_x():
                assert_eq(api.main.send(data = "env BIND"), "127.0.0.1:" + str(api.main.port))
                a.main.send(data = "ping")
                return api.main.send(data = "env A")

            """);

        Assert.True(test.Result == Result.Pass, test.Reason);
        Assert.StartsWith("127.0.0.1:", test.ReturnValue!.Trim('"'), StringComparison.Ordinal);
        Assert.DoesNotContain(ListenOf(test, "proxy_started", "a")!, test.ReturnValue, StringComparison.Ordinal);
        Assert.Equal(["test"], test.Log.OfType("proxy_conn_open").Where(e => e.Service == "a").Select(e => e.Field("consumer")));
        var closed = test.Log.OfType("proxy_conn_close").First(e => e.Service == "a");
        Assert.Equal(("5", "5"), (closed.Field("bytes_c2s"), closed.Field("bytes_s2c")));
        Assert.True(int.Parse(closed.Field("duration_ms")!, CultureInfo.InvariantCulture) >= 0);
    }

    private static string? ListenOf(TestResult test, string type, string service) =>
        test.Log.OfType(type).Single(e => e.Service == service).Field("listen");

    private static TraceEvent ProxyEventOf(TestResult test, string service) =>
        test.Log.From(0).Single(e => e.Type is "proxy_started" or "proxy_active" && e.Service == service);
}
