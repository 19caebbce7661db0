using System.Globalization;

namespace Faultbox.Cli.Tests.Proxies;

/// <summary>What rules on messages cover and do, with nginx as the service.</summary>
[Trait("Category", "Slow")]
public sealed class RuleItemsTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Theory]
    [InlineData("drop(qeury=\"X*\")", "drop", "\"qeury\"", "query", "valid: method, op, path, query, command, key, collection, topic, subject, match_headers, match_query, match_body, host, source, phase, dir, probability, label, nth, after, every, first, max_fires, mode, code\n")]
    [InlineData("error(patth=\"/\")", "error", "\"patth\"", "path", "valid: message, status, code, headers, content_type, delay, method, op, path, query, command, key, collection, topic, subject, match_headers, match_query, match_body, host, source, phase, dir, probability, label, nth, after, every, first, max_fires, mode\n")]
    [InlineData("response(bodyy=\"x\")", "response", "\"bodyy\"", "body", "valid: status, body, value, headers, content_type, delay, method, op, path, query, command, key, collection, topic, subject, match_headers, match_query, match_body, host, source, phase, dir, probability, label, nth, after, every, first, max_fires, mode\n")]
    [InlineData("duplicate(method=\"POST\")", "duplicate", "\"method\"", null, "valid: topic, subject, source, probability, label, nth, after, every, first, max_fires, mode\n")]
    [InlineData("delay(path=\"/a\")", "delay", "delay=", null, "valid with delay=: delay, method, op, path, query, command, key, collection, topic, subject, match_headers, match_query, match_body, host, source, phase, dir, probability, label, nth, after, every, first, max_fires, mode\n")]
    public void Item_01_a_misspelt_keyword_fails_the_load_and_names_what_would_be_right(string call, string builtin, string keyword, string? nearest, string valid)
    {
        _space.Write("x.star", $"rule = {call}\ndef test_never():\n    pass\n");

        var error = _space.Run("test", "x.star", "--no-bundle").Exited(1).Error;

        Assert.Contains($"x.star:1:8: {builtin}()", error, StringComparison.Ordinal);
        Assert.Contains(keyword, error, StringComparison.Ordinal);
        Assert.Contains(nearest is null ? "" : $"did you mean \"{nearest}\"?", error, StringComparison.Ordinal);
        Assert.Contains(valid, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Item_02_an_alias_is_the_keyword_it_stands_for() => _space.Test("""
        def test_aliases():
            assert_eq(drop(subject = "a.*"), drop(topic = "a.*"))
            assert_eq(error(op = "find", collection = "t"), error(method = "find", key = "t"))
            assert_eq(response(value = "v"), response(body = "v"))
            assert_true(drop(subject = "a.*") != drop(topic = "a.b"))
            assert_true(response(value = "v") != response(body = "w"))
            assert_true(error(op = "find") != drop(op = "find"))
        """).Exited(0);

    [Fact]
    public void Item_03_the_table_of_patterns_holds_for_messages_too() => _space.Test($$"""
        {{Peers.Nginx(_space)}}
        def covers(text, **matchers):
            return fault(up.web, response(status = 418, **matchers), run = lambda: up.web.get(path = text).status == 418)

        def test_table():
            assert_true(covers("/api/v1/x", path = "/api/*"))
            assert_true(covers("/a/b", path = "/*"))
            assert_true(covers("/", method = "get"))
            assert_true(covers("/p.S/M", path = "*"))
            assert_true(covers("/v1/a/b", path = "/v1/**"))
            assert_true(not covers("/", method = "ge*"))
            assert_true(not covers("/xay", path = "/x?y"))
            assert_true(not covers("/health", path = "/api/*"))
            assert_true(covers("/a%2Fb%20c?q=1", path = "/a/b c"))
        """).Exited(0);

    [Fact]
    public void Item_04_a_response_answers_its_message_between_the_events_of_its_window()
    {
        var run = _space.Test($$"""
            {{Peers.Nginx(_space)}}
            def test_jobs():
                def b():
                    r = up.web.post(path = "/jobs", body = "x")
                    assert_eq((r.status, r.body, r.fields["content_type"]), (429, '{"e":1}', "application/json"))
                    assert_eq(r.headers, {"content-type": "application/json", "content-length": "7"})
                    r = up.web.get(path = "/ok")
                    assert_eq((r.status, r.body), (200, "GET /ok"))
                fault(up.web, response(method="POST", path="/jobs", status=429, body='{"e":1}'), run=b)
            """).Exited(0);

        var events = run.OnlyRow.GetProperty("events").EnumerateArray()
            .Where(e => e.Text("type") is "proxy" or "proxy_fault_applied" or "proxy_fault_removed").ToList();
        Assert.Equal(["proxy_fault_applied", "proxy", "proxy_fault_removed"], events.Select(e => e.Text("type")));
        Assert.Equal(
            ("respond", "http", "POST", "/jobs", "429"),
            (events[1].Field("action"), events[1].Field("protocol"), events[1].Field("method"), events[1].Field("path"), events[1].Field("status")));
        Assert.All(events, e => Assert.Equal(("up", "web"), (e.Text("service"), e.Field("interface"))));
        Assert.Equal("response(method=\"POST\", path=\"/jobs\", status=429)", run.OnlyRow.GetProperty("faults")[0].Text("rule"));
    }

    [Fact]
    public void Item_05_the_message_of_an_error_is_json() => _space.Test($$"""
        {{Peers.Nginx(_space)}}
        def test_error():
            def b():
                r = up.web.get(path = "/x")
                assert_eq((r.status, r.body, r.ok, r.data["error"]), (500, '{"error":"a \\"q\\""}', True, 'a "q"'))
            fault(up.web, error(path="/x", message="a \"q\""), run=b)
        """).Exited(0);

    [Fact]
    public void Item_06_delays_add_up_and_the_error_after_them_acts()
    {
        var run = _space.Test($$"""
            {{Peers.Nginx(_space)}}
            def test_slow():
                def b():
                    r = up.web.get(path = "/slow")
                    assert_eq(r.status, 503)
                    assert_true(r.duration_ms >= 300, "%d ms" % r.duration_ms)
                fault(up.web, [delay(path="/s*", delay="150ms"), delay(path="/s*", delay="150ms"), error(path="/slow", status=503)], run=b)
            """).Exited(0);

        Assert.Equal(["delay", "delay", "error"], run.Events("proxy").Select(e => e.Field("action")));
    }

    [Fact]
    public void Item_07_a_dropped_request_has_no_status_and_one_of_http2_is_a_reset_stream_on_a_connection_that_goes_on()
    {
        var port = FreePort.Next();
        var run = _space.Test($$"""
            {{Peers.Nginx(_space)}}
            app = service("app", "{{Peers.Node}}", interface("main", "tcp", {{port}}), args = ["{{Remotes.WebHost.Script("session.js")}}", "{{port}}"],
                env = {"UPSTREAM": "http://" + up.h2.proxy_addr}, healthcheck = tcp("localhost:{{port}}"))

            def dropped(r):
                assert_eq((r.ok, r.status), (False, 0))
                return r.error

            def test_drop():
                def web():
                    assert_eq(dropped(up.web.get(path = "/d")), "connection closed before the response was complete")
                    assert_eq(up.web.get(path = "/other").body, "GET /other")
                fault(up.web, drop(path="/d"), run=web)
                def h2():
                    assert_eq(app.main.send(data = "/other"), "200 GET /other")
                    assert_eq(app.main.send(data = "/d"), "reset 2")
                    assert_eq(app.main.send(data = "/other"), "200 GET /other")
                    assert_eq(dropped(up.h2.get(path = "/d")), "HTTP/2 error from the peer: INTERNAL_ERROR")
                fault(up.h2, drop(path="/d"), run=h2)
            """).Exited(0);

        Assert.Equal(["http test", "http2 app", "http2 test"], run.Events("proxy").Select(e => $"{e.Field("protocol")} {e.Field("consumer")}"));
        Assert.Single(run.Events("proxy_conn_open"), e => e.Field("interface") == "h2" && e.Field("consumer") == "app");
    }

    [Fact]
    public void Item_18_one_percent_of_ten_thousand_fires_and_zero_never_does()
    {
        var run = _space.Test($$"""
            {{Peers.Nginx(_space)}}
            def test_rare():
                def body():
                    return len([1 for i in range(10000) if up.web.get(path = "/").status == 503])
                return fault(up.web, error(status = 503, probability = "1%"), error(status = 503, probability = 0), run = body)
            """).Exited(0);

        var failed = int.Parse(run.OnlyRow.Text("return_value"), CultureInfo.InvariantCulture);
        Assert.InRange(failed, 50, 150);
        var rules = run.Events("proxy_rule_stats");
        Assert.Equal($"10000/{failed}", $"{rules[0].Field("matched")}/{rules[0].Field("fired")}");
        Assert.Equal("0", rules[1].Field("fired"));
        Assert.Contains("PROBABILITY_ZERO", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rule = response(\"/x\", status = 503)", "response() takes keywords only; say what it covers by name, for example path=", 1)]
    [InlineData("rule = error(path = 5)", "error(): path must be string, got int", 1)]
    [InlineData("def test_x():\n    fault(up.web, error(command=\"GET\"), run=lambda: None)", "error(command=...) can never match on http, which matches by method, path, host, match_headers, match_query, match_body (up.web)", 2)]
    [InlineData("def test_x():\n    fault(up.web, duplicate(topic=\"t\"), run=lambda: None)", "duplicate() cannot apply to http, which supports response(), error(), delay(), drop()", 2)]
    [InlineData("g = service(\"g\", \"/bin/true\", interface(\"m\", \"grpc\", 1))\na = fault_assumption(\"a\", target=g.m, rules=[error(method=\"/p.S/*\", path=\"/p.S/M\")])\ndef test_x():\n    pass", "error(): method= and path= mean the same on grpc, the full method; give one of them (g.m)", 1)]
    [InlineData("g = service(\"g\", \"/bin/sleep\", interface(\"m\", \"grpc\", 1), args=[\"60\"])\ndef test_x():\n    fault(g.m, drop(path=\"/p.S/M\", op=\"/p.S/M\"), run=lambda: None)", "drop(): method= and path= mean the same on grpc, the full method; give one of them (g.m)", 2)]
    public void Item_35_a_rule_that_could_not_act_is_refused_with_the_reason(string spec, string reason, int code)
    {
        _space.Write("x.star", Peers.Nginx(_space) + spec + "\n");

        var run = _space.Run("test", "x.star", "--no-bundle").Exited(code);

        Assert.Contains(reason, run.Output + run.Error, StringComparison.Ordinal);
        Assert.Matches("x\\.star:[0-9]+:", run.Output + run.Error);
    }
}
