using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Tests.Testing;

public sealed class StepTests
{
    [Fact]
    public void A_tcp_step_returns_the_reply_line()
    {
        var test = SpecRun.One(SpecRun.LineService() + """
            def test_x():
                assert_eq(db.main.send(data = "ping"), "pong")
                assert_eq(db.send(data = "ping"), "pong")
                assert_eq(step(db.main, "send", data = "ping"), "pong")
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
        Assert.Equal(3, test.Log.From(0).Count(e => e.Type == "step_recv"));
    }

    [Fact]
    public void Events_of_a_step_sum_it_up()
    {
        var test = SpecRun.One(SpecRun.WebService() + """
            def test_x():
                web.get(path = "/500/oops")
                web.main.post(body = "only this")
                web.get()
                fault(web.main, drop(mode = "rst"), run = lambda: web.get(path = "/x"))
                assert_eq([e.data["summary"] for e in events(type = "step_send")],
                    ["→ web.get /500/oops", "→ web.post only this", "→ web.get", "→ web.get /x"])
                received = [e.data["summary"] for e in events(type = "step_recv")]
                assert_eq(received[0], "← web.get /500/oops  [500]")
                assert_true(received[1].startswith("← web.post only this  ["))
                assert_eq(received[3], "← web.get /x  ERR: connection reset by peer")
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    /// <summary>A placeholder while the specification loads, and the driver's own port of the proxy while a test runs.</summary>
    [Fact]
    public void The_address_of_a_proxy_is_known_while_a_test_runs()
    {
        var test = SpecRun.One(SpecRun.WebService() + """
            before = web.main.proxy_addr
            def test_x():
                assert_true(before.startswith("__FB_PROXY_ADDR_"))
                assert_eq(web.main.proxy_addr, "127.0.0.1:" + web.main.proxy_port)
                assert_eq(web.main.proxy_host, "127.0.0.1")
                assert_true(int(web.main.proxy_port) not in [0, web.main.port])
                started = events(type = "proxy_started")[0]
                assert_eq(started.data["listen"].split(":")[0], web.main.proxy_host)
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Fact]
    public void An_http_step_returns_a_response_with_decoded_data()
    {
        var test = SpecRun.One(SpecRun.WebService() + """
            def test_x():
                r = web.main.get(path = '/201/{"a":[1,2.0],"b":9007199254740993}')
                assert_eq(r.status, 201)
                assert_eq(r.data, {"a": [1, 2], "b": 9007199254740993})
                assert_eq(r.data["a"][1], 2)
                assert_eq(type(r.data["a"][1]), "int")
                assert_eq(r.body, '{"a":[1,2.0],"b":9007199254740993}')
                assert_eq(r.headers["x-probe"], "one")
                assert_eq(r.raw, b'{"a":[1,2.0],"b":9007199254740993}')
                assert_true(r.ok and r.success and r)
                assert_eq(r.error, "")
                assert_eq(type(r), "response")
                assert_eq(type(r.duration_ms), "int")
                assert_eq([r.client, r.operation, r.contract_ok, r.contract_error], ["", "", False, ""])
                assert_true(web.get(path = "/500/oops").ok)
                assert_eq(web.get(path = "/500/oops").data, "oops")
                return r.statu
            """);
        Assert.StartsWith("response has no .statu attribute (did you mean .status?)", test.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rpc.main.call()", "rpc.main.call(): missing required argument method=, in the shape \"/package.Service/Method\"")]
    [InlineData("db.main.send()", "db.main.send(): missing required argument data=")]
    [InlineData("db.main.send(dat = \"x\")", "db.main.send(): unknown keyword argument \"dat\"; did you mean \"data\"; valid: data=")]
    [InlineData("db.main.send(\"x\")", "db.main.send(): takes keywords only: data=")]
    [InlineData("db.main.send(data = len)", "db.main.send(): data cannot be sent: got builtin_function_or_method")]
    [InlineData("step(db.main, \"sendd\", data = \"x\")", "step(): db.main (tcp) has no step \"sendd\"; did you mean \"send\"; steps: send")]
    [InlineData("step(db, \"send\", data = \"x\")", "step(): interface must be interface_ref, got service; write db.main")]
    public void Mistakes_in_steps_name_the_step(string call, string reason)
    {
        var rpc = $"rpc = service(\"rpc\", \"/bin/sleep\", interface(\"main\", \"grpc\", {FreePort.Next()}), args = [\"60\"])\n";
        var test = SpecRun.One(SpecRun.LineService() + rpc + $"def test_x():\n    {call}\n");
        Assert.Equal(Result.Fail, test.Result);
        Assert.StartsWith(reason, test.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tcp_step_that_cannot_connect_is_raised()
    {
        var port = FreePort.Next();
        var test = SpecRun.One($"s = service(\"s\", \"/bin/sleep\", interface(\"main\", \"tcp\", {port}), args = [\"60\"])\n"
            + "def test_x():\n    s.main.send(data = \"x\")\n");
        Assert.StartsWith("tcp send failed: connection reset by peer", test.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Conditions_seeds_and_resets_make_steps_that_queries_do_not_see()
    {
        var port = FreePort.Next();
        var test = SpecRun.One($$"""
            db = service("db", "{{ServerPrograms.LineServer}}", interface("main", "tcp", {{port}}), args = ["{{port}}"],
                healthcheck = wait_until(lambda: db.main.send(data = "ping") == "pong", timeout = "10s", interval = "20ms"),
                seed = lambda: db.main.send(data = "ping"),
            )

            def test_x():
                db.main.send(data = "ping")
                assert_eq(len(events(type = "step_send")), 1)
                assert_eq(len(events(where = lambda e: e.type == "step_recv")), 1)
                assert_eventually(type = "service_seed", service = "db")
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Fact]
    public void Events_show_fields_as_attributes_and_absent_ones_as_empty()
    {
        var test = SpecRun.One(SpecRun.LineService() + """
            def test_x():
                db.main.send(data = "ping")
                e = events(type = "step_recv")[0]
                assert_eq(e.service, "test")
                assert_eq(e.event_type, "step_recv.db")
                assert_eq(e.target, "db")
                assert_eq(e.nothing, "")
                assert_eq(e.get("nothing", 3), 3)
                assert_eq(e.get("nothing"), None)
                assert_eq(e.get("target"), "db")
                assert_eq(e.fields["target"], "db")
                assert_eq(e.data["target"], "db")
                assert_eq(e.first, None)
                assert_true(e.seq > 0 and e.timestamp.endswith("Z") and len(e.timestamp) == 30)
                assert_eq(str(e), "<event #%d test step_recv.db>" % e.seq)
                assert_before(first = {"type": "step_send"}, then = lambda x: x.type == "step_recv" and x.first.seq < x.seq)
                assert_never(type = "service_stopped")
                assert_eventually(lambda x: x.type == "service_ready")
                assert_before(first = {"type": "step_recv"}, then = {"type": "step_send"})
            """);
        Assert.Matches("^assert_before: 'first' event \\(seq=[0-9]+\\) did not occur before 'then' event \\(seq=[0-9]+\\)", test.Reason);
    }
}
