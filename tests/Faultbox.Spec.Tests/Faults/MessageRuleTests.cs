namespace Faultbox.Spec.Tests.Faults;

/// <summary>What rules on messages are made of, and what is refused while a specification loads.</summary>
public sealed class MessageRuleTests
{
    [Theory]
    [InlineData("drop(qeury = \"X*\")", "drop(): unknown keyword argument \"qeury\"; did you mean \"query\"? valid: method, op, path, query")]
    [InlineData("error(patth = \"/\")", "error(): unknown keyword argument \"patth\"; did you mean \"path\"? valid: message, status")]
    [InlineData("response(bodyy = \"x\")", "response(): unknown keyword argument \"bodyy\"; did you mean \"body\"? valid: status, body, value")]
    [InlineData("duplicate(method = \"POST\")", "duplicate(): unknown keyword argument \"method\"; valid: topic, subject")]
    [InlineData("response(\"/x\", status = 503)", "response() takes keywords only; say what it covers by name, for example path=\"/orders\"")]
    [InlineData("error(path = 5)", "error(): path must be string, got int")]
    [InlineData("drop(method = \"a\", op = \"b\")", "drop(): method= and op= mean the same; give one of them")]
    [InlineData("response(body = \"a\", value = \"b\")", "response(): body= and value= mean the same; give one of them")]
    [InlineData("drop(nth = 1, first = 2)", "drop(): nth= and first= exclude each other")]
    [InlineData("drop(probability = \"130%\")", "drop(): probability must lie between 0 and 1")]
    [InlineData("drop(max_fires = 2)", "drop(): max_fires= is only meaningful with probability < 1")]
    [InlineData("drop(mode = \"gone\")", "drop(): mode must be \"close\", \"rst\", \"blackhole\", \"message\" or \"ack\", got \"gone\"")]
    [InlineData("error(status = 5.5)", "error(): status must be int or string, got float")]
    [InlineData("error(match_headers = {\"a\": 1})", "error(): values in match_headers must be strings, got int")]
    [InlineData("delay(delay = \"0s\")", "delay(): delay must be positive, got \"0s\"")]
    [InlineData("delay(delay = \"soon\")", "delay(): bad duration \"soon\" for delay")]
    [InlineData("tls_fault.alert()", "tls_fault.alert(): missing required argument code")]
    [InlineData("tls_fault.alert(256)", "tls_fault.alert(): code must lie between 0 and 255, got 256")]
    [InlineData("tls_fault.alert(True)", "tls_fault.alert(): code must be int or string, got bool")]
    [InlineData("tls_fault.alert(\"handshake_failed\")", "tls_fault.alert(): there is no TLS alert \"handshake_failed\"; did you mean \"handshake_failure\"?")]
    [InlineData("tls_fault.alert(\"x\")", "tls_fault.alert(): there is no TLS alert \"x\"; write a name of RFC 8446 section 6")]
    [InlineData("tls_fault.version(max = \"1.3\")", "tls_fault.version(): max must be \"1.0\", \"1.1\" or \"1.2\", got \"1.3\"")]
    [InlineData("tls_fault.expired(path = \"/\")", "tls_fault.expired(): unknown keyword argument \"path\"; valid: host, source")]
    [InlineData("tls_fault.expiry()", "expired")]
    [InlineData("drop(after = 0)", "drop(): after must be > 0, got 0")]
    [InlineData("delay(delay = \"1s\", after = 0)", "delay(): after must be > 0, got 0")]
    [InlineData("wire.down(after = 0)", "wire.down(): after must be > 0, got 0")]
    [InlineData("dgram.reorder(after = 0)", "dgram.reorder(): after must be > 0, got 0")]
    [InlineData("http_fault.status(503, after = 0)", "http_fault.status(): after must be > 0, got 0")]
    public void Mistakes_are_load_errors(string call, string message) =>
        Assert.Contains(message, SpecDirectory.Error($"x = {call}\n").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("drop(subject = \"a.*\")", "<proxy_fault drop>")]
    [InlineData("error(op = \"find\", collection = \"t\")", "<proxy_fault error>")]
    [InlineData("response(value = \"v\")", "<proxy_fault respond>")]
    [InlineData("duplicate(topic = \"t\", probability = \"1%\")", "<proxy_fault duplicate>")]
    [InlineData("delay(path = \"/a\", delay = \"150ms\")", "<proxy_fault delay>")]
    public void A_rule_is_a_value(string call, string text) =>
        SpecDirectory.Model($"x = {call}\nif str(x) != \"{text}\" or type(x) != \"proxy_fault\" or not x:\n    fail(str(x))\n");

    [Theory]
    [InlineData("drop(op = \"POST\")", "drop(method=\"POST\")")]
    [InlineData("error(path = \"/a\", status = 503, label = \"x\", nth = 2)", "error(path=\"/a\", status=503, label=\"x\", nth=2)")]
    [InlineData("delay(match_headers = {\"X-A\": \"1*\"}, delay = \"150ms\")", "delay(match_headers[X-A]=\"1*\", delay=\"150ms\")")]
    [InlineData("drop(mode = \"rst\", probability = \"1%\")", "drop(mode=\"rst\", probability=0.01)")]
    public void Results_show_the_rule_as_it_is_written(string call, string text)
    {
        var test = SpecRun.One(SpecRun.WebService() + $"def test_x():\n    fault(web.main, {call}, run = lambda: None)\n");
        var row = Assert.Single(test.Faults);
        Assert.Equal(text, row.Protocol!.Rule);
        Assert.True(row.ZeroTraffic);
    }

    [Theory]
    [InlineData("fault(web.main, error(command = \"GET\"), run = f)", "error(command=...) can never match on http, which matches by method, path")]
    [InlineData("fault(web.main, duplicate(topic = \"t\"), run = f)", "duplicate() cannot apply to http, which supports response(), error(), delay(), drop()")]
    [InlineData("fault(web.main, response(status = 9), run = f)", "status")]
    [InlineData("fault(web.main, drop(mode = \"ack\"), run = f)", "drop(mode=\"ack\") is not possible on http, which knows \"close\", \"rst\", \"blackhole\"")]
    [InlineData("fault(web.main, drop(), source = web, run = f)", "fault(): source= must be a consumer of web.main, got its owner \"web\"")]
    [InlineData("fault(web.main, drop(), source = \"web\", run = f)", "fault(): source= must be service, got string")]
    [InlineData("fault(web.main, run = f)", "fault(): needs at least one rule on messages")]
    [InlineData("fault(web.main, deny(\"EIO\"), run = f)", "fault(): rules[0] must be a rule on messages (response, error, delay, drop, duplicate, wire.*, tls_fault.*, http_fault.*, grpc_fault.*, dgram.*), got fault")]
    [InlineData("fault(web.main, drop())", "fault() requires run= keyword with a callback function")]
    [InlineData("fault(web.main, tls_fault.expired(), run = f)", "tls_fault.expired() acts on TLS handshakes, of which there are none without tls=: give the interface tls=tls_cert(...) (web.main)")]
    [InlineData("fault(web, drop(), run = f)", "fault(): rules on messages act on an interface; write fault(web.main, ...)")]
    public void Windows_refuse_what_could_never_act(string call, string reason)
    {
        var test = SpecRun.One(SpecRun.WebService() + $"def f():\n    pass\ndef test_x():\n    {call}\n");
        Assert.Contains(reason, test.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_remote_service_is_no_source_of_traffic()
    {
        var error = SpecDirectory.Error(SpecRun.WebService() + """
            far = service("far", interface("main", "http", 80), remote = "far.example", healthcheck = tcp("far.example:80"))
            a = fault_assumption("a", target = web.main, rules = [drop(source = far)])
            """);

        Assert.Contains("source= must be a consumer of web.main, got the remote \"far\": it runs elsewhere", error.Message, StringComparison.Ordinal);
    }

    /// <summary>In a body too: nothing is started for a test that can only fail.</summary>
    [Theory]
    [InlineData("fault(web.main, drop(qeury = \"X*\"), run = f)", 24, "drop(): unknown keyword argument \"qeury\"; did you mean \"query\"?")]
    [InlineData("fault(web, connect = deny(\"EIO\", to = \"host:99999\"), run = f)", 29, "deny(): to=\"host:99999\" has \"99999\" where a port")]
    [InlineData("fault(web, connect = deny(\"EIO\", to = [web.main, \"host:abc\"]), run = f)", 29, "deny(): to=\"host:abc\" has \"abc\"")]
    [InlineData("fault(web, connect = delay(\"1s\", then = deny(\"EOOPS\")), run = f)", 48, "deny(): unknown errno \"EOOPS\"")]
    [InlineData("g = lambda: wire.latency(SHORT, jitter = -1)", 20, "wire.latency(): jitter must be string, got int")]
    [InlineData("fault(web.main, error(match_headers = {\"a\": 1}), run = f)", 24, "error(): values in match_headers must be strings, got int")]
    public void A_mistake_in_constants_is_a_load_error_wherever_it_is_written(string statement, int column, string message)
    {
        var error = SpecDirectory.Error(SpecRun.WebService() + $"SHORT = \"1ms\"\ndef f():\n    pass\ndef test_x():\n    for i in range(2):\n        {statement}\n");

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(column + 1, Assert.Single(error.Findings).Position!.Value.Column);
    }

    [Theory]
    [InlineData("def f(name):\n    return deny(name)\n")]
    [InlineData("def f():\n    names = \"EOOPS\"\n    names = \"EIO\"\n    return deny(names)\n")]
    [InlineData("def f(deny):\n    return deny(\"EOOPS\")\n")]
    [InlineData("def f(**kwargs):\n    return drop(probability = 0, **kwargs)\n")]
    public void What_only_running_tells_is_left_to_it(string text) => SpecDirectory.Model(text);

    [Theory]
    [InlineData("rules = [error(command = \"GET\")]", "error(command=...) can never match on http")]
    [InlineData("rules = [drop(), [deny(\"EIO\")]]", "fault_assumption(\"a\"): rules[1][0] must be a rule on messages")]
    public void Assumptions_refuse_it_while_they_load(string rules, string message) => Assert.Contains(
        message,
        SpecDirectory.Error(SpecRun.WebService() + $"a = fault_assumption(\"a\", target = web.main, {rules})\n").Message,
        StringComparison.Ordinal);
}
