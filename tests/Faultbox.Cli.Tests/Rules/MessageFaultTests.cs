using Faultbox.Cli.Tests.Remotes;

namespace Faultbox.Cli.Tests.Rules;

/// <summary><c>http_fault.*</c> and <c>grpc_fault.*</c> in a specification with a real server: outcome, events and rule text.</summary>
[Trait("Category", "Slow")]
public sealed class MessageFaultTests : IDisposable
{
    private readonly Workspace _space = new();
    private readonly int _port = FreePort.Next();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void A_truncated_answer_is_a_failed_step_and_the_next_one_is_whole()
    {
        var run = Test("""
            def test_cut():
                def body():
                    r = web.get(path = "/cut")
                    assert_true(not r.ok)
                    assert_eq(r.status, 0)
                    assert_eq(r.error, "connection closed before the response was complete")
                    assert_eq(web.get(path = "/whole").status, 200)
                fault(web.main, http_fault.truncate("50%", path = "/cut", label = "half"), run = body)
                assert_eq(web.get(path = "/cut").status, 200)
            """).Exited(0);

        AssertActed(run, "http_fault.truncate(path=\"/cut\", at=\"50%\", label=\"half\")",
            ("action", "truncate"), ("protocol", "http"), ("method", "GET"), ("path", "/cut"), ("at", "50%"), ("how", "close"),
            ("label", "half"), ("rule", "half"), ("interface", "main"), ("consumer", "test"));
    }

    [Fact]
    public void A_cut_beyond_the_body_has_not_fired_and_the_report_says_why()
    {
        var run = Test("""
            def test_whole():
                def body():
                    assert_eq(web.get(path = "/x").status, 200)
                fault(web.main, http_fault.truncate("1MiB"), run = body)
            """).Exited(0);

        Assert.Empty(run.Events("proxy"));
        var statistics = Assert.Single(run.Events("proxy_rule_stats"));
        Assert.Equal(("1", "0", "1"), (statistics.Field("matched"), statistics.Field("fired"), statistics.Field("without_effect")));
        Assert.Equal(0, run.OnlyRow.GetProperty("faults")[0].GetProperty("hits").GetInt32());
        Assert.Contains(
            "web.main:truncate matched 1 time and found nothing to act on: what it changes is not there, or the place that it names is never reached", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/x?q=1", "path= is the path without its query; match_query= covers that")]
    [InlineData("x", "a path begins with /")]
    [InlineData("/y", "check the pattern")]
    public void A_path_that_matches_nothing_is_explained(string path, string advice)
    {
        var run = Test($$"""
            def test_unmatched():
                fault(web.main, error(path = "{{path}}"), run = lambda: assert_eq(web.get(path = "/x?q=1").status, 200))
            """).Exited(0);

        Assert.EndsWith(": " + advice, Assert.Single(run.Events("fault_zero_traffic")).Field("hint"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_on_a_connection_that_is_relayed_unread_says_so()
    {
        var run = _space.Test($$"""
            web = service("web", "/usr/bin/python3", interface("main", "http", {{_port}}), args = ["{{WebHost.Script("webhost.py")}}", "127.0.0.1", "{{_port}}"], healthcheck = tcp("localhost:{{_port}}"))
            ask = service("ask", "/usr/bin/python3", args = ["-c", "import os, socket, time; host, port = os.environ['WEB'].split(':'); s = socket.create_connection((host, int(port))); s.sendall(b'GET / HTTP/1.1\\r\\nContent-Length: 1\\r\\nContent-Length: 2\\r\\n\\r\\n'); time.sleep(600)"], env = {"WEB": web.main.proxy_addr}, depends_on = [web])

            def test_unread():
                def body():
                    restart(ask, ready = False)
                    for _ in range(1000):
                        if not events(where = lambda e: e.type == "proxy_parse_error"):
                            sleep("20ms")
                fault(web.main, error(), run = body)
            """).Exited(0);

        Assert.EndsWith(
            "but no message that could be read, and rules do not meet what is relayed unread: two different content-lengths",
            Assert.Single(run.Events("fault_zero_traffic")).Field("hint"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http_fault.bad_chunk(\"size\", path = \"/x\")", "assert_true(not r.ok, r.body)", "http_fault.bad_chunk(path=\"/x\", kind=\"size\")", "kind", "size")]
    [InlineData("http_fault.slow_body(\"1KB/s\", path = \"/x\", first_byte = \"20ms\")", "assert_true(r.ok and r.duration_ms >= 20)", "http_fault.slow_body(path=\"/x\", rate=\"1000B/s\", first_byte=\"20ms\")", "rate", "1000B/s")]
    [InlineData("http_fault.slow_head(\"1ms\", path = \"/x\")", "assert_true(r.ok and r.duration_ms >= 20)", "http_fault.slow_head(path=\"/x\", gap=\"1ms\")", "gap_ms", "1")]
    [InlineData("http_fault.content_length(-1, path = \"/x\")", "assert_true(r.ok)", "http_fault.content_length(path=\"/x\", delta=-1)", "delta", "-1")]
    [InlineData("http_fault.status(503, path = \"/x\")", "assert_eq(r.status, 503)", "http_fault.status(path=\"/x\", code=503)", "status", "503")]
    [InlineData(
        "http_fault.headers(set = {\"X-A\": \"1\"}, remove = [\"Date\"], path = \"/x\")",
        "assert_eq((r.headers.get(\"x-a\"), \"date\" in r.headers), (\"1\", False))",
        "http_fault.headers(path=\"/x\", set={\"X-A\": \"1\"}, remove=[\"Date\"])",
        "target",
        "response")]
    [InlineData("http_fault.replay(times = 3, path = \"/x\")", "assert_eq(r.status, 200)", "http_fault.replay(path=\"/x\", times=3)", "times", "3")]
    public void Each_fault_has_its_outcome_its_event_and_its_text(string fault, string check, string rule, string field, string value)
    {
        var run = Test($$"""
            def test_fault():
                def body():
                    r = web.get(path = "/x")
                    {{check}}
                fault(web.main, {{fault}}, run = body)
            """).Exited(0);

        AssertActed(run, rule, ("method", "GET"), ("path", "/x"), (field, value));
    }

    [Theory]
    [InlineData("http", "http_fault.truncate(\"50%\", pth = \"/x\")", "http_fault.truncate(): unknown keyword argument \"pth\"", "path")]
    [InlineData("http", "http_fault.truncate(\"100%\")", "at must lie below 100%", "got \"100%\"")]
    [InlineData("http", "http_fault.truncate(\"-5%\")", "bad at \"-5%\"", "50%")]
    [InlineData("http", "http_fault.truncate(True)", "at must be int or string, got bool", "truncate")]
    [InlineData("http", "http_fault.truncate(5, how = \"fin\")", "how must be \"close\" or \"rst\", got \"fin\"", "truncate")]
    [InlineData("http", "http_fault.bad_chunk(\"sise\")", "kind must be \"size\"", "got \"sise\"")]
    [InlineData("http", "http_fault.status(99)", "code must lie between 200 and 599, got 99", "status")]
    [InlineData("http", "http_fault.status(\"503\")", "code must be int, got string", "status")]
    [InlineData("http", "http_fault.headers()", "changes nothing", "set=")]
    [InlineData("http", "http_fault.headers(set = {\"A\": \"x\\ny\"})", "must be one line", "set")]
    [InlineData("http", "error(headers = {\"A\": \"x\\r\\nB: y\"})", "a value in headers must be one line", "error()")]
    [InlineData("http", "response(headers = {\"A\": \"\u20ac\"})", "a value in headers must consist of the characters of Latin-1", "response()")]
    [InlineData("http", "response(headers = {\"\": \"x\"})", "a name in headers must be that of a field", "got \"\"")]
    [InlineData("http2", "response(headers = {\":status\": \"200\"})", "a name in headers must be that of a field", "got \":status\"")]
    [InlineData("http", "response(content_type = \"x\\ny\")", "content_type must be one line", "response()")]
    [InlineData("http", "response(headers = {\"content-length\": \"3\"})", "headers cannot set content-length", "http_fault.truncate()")]
    [InlineData("http2", "error(headers = {\"Transfer-Encoding\": \"chunked\"})", "headers cannot set Transfer-Encoding", "follows from the body")]
    [InlineData("http2", "response(headers = {\"Connection\": \"close\"})", "headers cannot set Connection", "HTTP/1.1")]
    [InlineData("grpc", "error(code = \"UNAVAILABLE\")", "error(code=...) means nothing here", "the code of a call is status=")]
    [InlineData("http2", "error(code = 2)", "error(code=...) means nothing here", "status= is what an answer says")]
    [InlineData("grpc", "response(status = \"NOT_FOUND\")", "response() ends a call with OK and its reply", "error(status=...)")]
    [InlineData("grpc", "drop(code = \"CANCEL\")", "drop(code=...) is the code of a reset", "mode=\"rst\" or mode=\"blackhole\"")]
    [InlineData("http2", "drop(code = \"CANCEL\", mode = \"close\")", "drop(code=...) is the code of a reset", "mode=\"rst\"")]
    [InlineData("http2", "drop(code = \"CANCLE\")", "code must be an HTTP/2 error code, got \"CANCLE\"", "REFUSED_STREAM")]
    [InlineData("udp", "response(body = \"x\" * 65508)", "a datagram carries at most 65507 bytes, and body has 65508", "web.main")]
    [InlineData("http", "response(status = 204, body = \"x\")", "an answer with status 204 has no body: leave body= out", "web.main")]
    [InlineData("http2", "error(status = \"304\", message = \"x\")", "an answer with status 304 has no body: leave message= out", "web.main")]
    [InlineData("http", "http_fault.headers(remove = [\"a b\"])", "must be that of a field", "remove")]
    [InlineData("http", "http_fault.content_length(0)", "delta=0 changes nothing", "content_length")]
    [InlineData("http", "http_fault.content_length(\"5\")", "delta must be int, got string", "content_length")]
    [InlineData("http", "http_fault.slow_body(\"fast\")", "bad rate \"fast\"", "256KB/s")]
    [InlineData("http", "http_fault.slow_head(\"0s\")", "gap must be positive, got \"0s\"", "slow_head")]
    [InlineData("http2", "http_fault.slow_body(\"1KB/s\")", "HTTP/1.1 only", "wire.bandwidth()")]
    [InlineData("http2", "http_fault.slow_head(\"1ms\")", "HTTP/1.1 only", "phase=\"response\"")]
    [InlineData("http", "http_fault.replay(times = 1)", "times must lie between 2 and 1000, got 1", "replay")]
    [InlineData("http", "http_fault.goaway()", "needs HTTP/2", "http2")]
    [InlineData("http2", "http_fault.bad_chunk(\"size\")", "HTTP/2 does not have", "truncate")]
    [InlineData("http2", "http_fault.goaway(code = \"CALM\")", "no HTTP/2 error code", "ENHANCE_YOUR_CALM")]
    [InlineData("tcp", "http_fault.status(503)", "http_fault.status() cannot apply to tcp", "response()")]
    [InlineData("grpc", "http_fault.status(503)", "http_fault.status() cannot apply to grpc", "grpc_fault.*")]
    [InlineData("http", "grpc_fault.cut()", "grpc_fault.cut() cannot apply to http", "http_fault.*")]
    [InlineData("grpc", "grpc_fault.status(\"UNAVAILABEL\")", "no gRPC code", "Unavailable")]
    [InlineData("grpc", "grpc_fault.cut(after_messages = -1)", "after_messages must lie between 0", "got -1")]
    [InlineData("grpc", "grpc_fault.cut(after_mesages = 1)", "unknown keyword argument \"after_mesages\"", "after_messages")]
    public void A_bad_argument_fails_the_load(string protocol, string fault, string what, string more)
    {
        var run = Test($$"""
            bad = fault_assumption("bad", target = web.main, rules = [{{fault}}])
            def test_never():
                pass
            """, protocol);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(what, run.Error + run.Output, StringComparison.Ordinal);
        Assert.Contains(more, run.Error + run.Output, StringComparison.Ordinal);
        Assert.Contains("spec.star:", run.Error + run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graceful_goaway_is_not_noticed_by_a_step()
    {
        var run = _space.Test($$"""
            rpc = service("rpc", "{{Node}}", interface("main", "http2", {{_port}}), args = ["{{WebHost.Script("calls.js")}}", "{{_port}}"], healthcheck = tcp("localhost:{{_port}}"))
            def test_away():
                fault(rpc.main, http_fault.goaway(path = "/x", code = "NO_ERROR"), run = lambda: assert_eq(rpc.get(path = "/x").status, 200))
            """).Exited(0);

        AssertActed(run, "http_fault.goaway(path=\"/x\", code=\"NO_ERROR\", after_streams=1)",
            ("protocol", "http2"), ("path", "/x"), ("code", "NO_ERROR"), ("graceful", "true"));
    }

    [Theory]
    [InlineData("grpc_fault.status(\"UNAVAILABLE\", message = \"no\", after_messages = 2)", "assert_eq((r.status, r.error), (14, \"rpc error: code = Unavailable desc = no\"))", "grpc_fault.status(code=\"UNAVAILABLE\", after_messages=2)", "after_messages", "2")]
    [InlineData("grpc_fault.cut(after_messages = 1)", "assert_eq(r.status, 13)", "grpc_fault.cut(after_messages=1, code=\"INTERNAL\")", "code", "INTERNAL")]
    [InlineData("grpc_fault.no_trailers()", "assert_true(not r.ok)", "grpc_fault.no_trailers()", "action", "no_trailers")]
    [InlineData("grpc_fault.metadata(remove = [\"x-end\"])", "assert_eq((r.status, \"x-end\" in r.trailers), (0, False))", "grpc_fault.metadata(remove=[\"x-end\"])", "target", "trailers")]
    [InlineData("grpc_fault.corrupt(\"flag\")", "assert_true(not r.ok)", "grpc_fault.corrupt(kind=\"flag\")", "kind", "flag")]
    public void Each_fault_on_calls_has_its_outcome_its_event_and_its_text(string fault, string check, string rule, string field, string value)
    {
        var run = _space.Test($$"""
            rpc = service("rpc", "{{Node}}", interface("main", "grpc", {{_port}}), args = ["{{WebHost.Script("calls.js")}}", "{{_port}}"], healthcheck = tcp("localhost:{{_port}}"))
            def test_fault():
                def body():
                    r = rpc.main.call(method = "/acme.Ledger/List", raw = b"")
                    {{check}}
                fault(rpc.main, {{fault}}, run = body)
            """).Exited(0);

        AssertActed(run, rule, ("protocol", "grpc"), ("method", "/acme.Ledger/List"), (field, value));
    }

    private static string Node { get; } = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(d => Path.Combine(d, "node")).First(File.Exists);

    private Execution Test(string body, string protocol = "http") => _space.Test($$"""
        web = service("web", "/usr/bin/python3", interface("main", "{{protocol}}", {{_port}}), args = ["{{WebHost.Script("webhost.py")}}", "127.0.0.1", "{{_port}}"], healthcheck = tcp("localhost:{{_port}}"))

        {{body}}
        """);

    /// <summary>One event with the fields, and the text of its rule in the result.</summary>
    private static void AssertActed(Execution run, string rule, params (string Name, string Value)[] fields)
    {
        var acted = Assert.Single(run.Events("proxy"));
        Assert.All(fields, f => Assert.Equal(f.Value, acted.Field(f.Name)));
        Assert.Equal(rule, run.OnlyRow.GetProperty("faults")[0].Text("rule"));
    }
}
