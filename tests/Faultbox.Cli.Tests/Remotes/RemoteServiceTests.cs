using System.Globalization;

namespace Faultbox.Cli.Tests.Remotes;

/// <summary>Services with <c>remote=</c> in front of real servers that Faultbox did not start.</summary>
[Trait("Category", "Slow")]
public sealed class RemoteServiceTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void Steps_consumers_and_rules_meet_a_remote_service_as_any_other()
    {
        using var host = WebHost.Python();
        var run = _space.Test($$"""
            {{Pay(host)}}
            {{Consumer($"http://{host.Address}:{host.Port}")}}

            def test_pay():
                assert_eq(pay.get(path = "/step").body, "{{host.Address}}:{{host.Port}} /step")
                assert_eq(app.main.send(data = "/app"), "{{host.Address}}:{{host.Port}} /app")
                assert_true(pay.web.addr.startswith("127.0.0.1:"))
                def body():
                    assert_eq(pay.web.get(path = "/app").status, 200)
                    assert_eq(app.main.send(data = "/app"), "HTTP Error 503: Service Unavailable")
                fault(pay.web, error(path = "/app", status = 503), source = app, run = body)
            """).Exited(0);

        var started = run.Events("service_started").Single(e => e.Text("service") == "pay");
        Assert.Equal("remote", started.Field("kind"));
        Assert.Equal(host.Address, started.Field("remote"));
        Assert.Equal($"{host.Address}:{host.Port}", started.Field("upstream.web"));
        Assert.Equal("remote", run.Events("service_ready").Single(e => e.Text("service") == "pay").Field("kind"));
        Assert.Equal($"{host.Address}:{host.Port}", run.Events("proxy_started").Single(e => e.Text("service") == "pay").Field("target"));
        Assert.DoesNotContain(run.Events("service_stopped"), e => e.Text("service") == "pay");
        Assert.Contains(run.Events("proxy_conn_open"), e => e.Field("consumer") == "app");
        Assert.Equal("app", Assert.Single(run.Events("proxy")).Field("consumer"));
    }

    [Fact]
    public void A_host_that_is_to_stay_the_clients_does()
    {
        using var host = WebHost.Python();
        _space.Test($$"""
            {{Pay(host, interfaceMore: ", host_header = \"client\"")}}

            def test_pay():
                assert_eq(pay.get(path = "/").body, pay.web.addr + " /")
                assert_eq(pay.get(path = "/", headers = {"Host": "shop.example"}).body, "shop.example /")
            """).Exited(0);
    }

    [Fact]
    public void A_host_that_is_none_of_the_proxys_is_passed_on()
    {
        using var host = WebHost.Python();
        _space.Test($$"""
            {{Pay(host)}}

            def test_pay():
                assert_eq(pay.get(path = "/", headers = {"Host": "shop.example"}).body, "shop.example /")
                assert_eq(pay.get(path = "/", headers = {"Host": "localhost:1"}).body, "localhost:1 /")
            """).Exited(0);
    }

    [Fact]
    public void Each_interface_has_its_endpoint_and_a_name_is_resolved()
    {
        using var a = WebHost.Python("127.0.0.2");
        using var b = WebHost.Python("127.0.0.1");
        _space.Test($$"""
            pay = service("pay", interface("a", "http", {{a.Port}}), interface("b", "http", 1),
                remote = remotes({"a": "127.0.0.2", "b": "localhost:{{b.Port}}"}), healthcheck = ready(all = True))

            def test_pay():
                assert_eq(pay.a.get(path = "/x").body, "127.0.0.2:{{a.Port}} /x")
                assert_eq(pay.b.get(path = "/y").body, "localhost:{{b.Port}} /y")
            """).Exited(0);
    }

    [Theory]
    [InlineData("ready(timeout = \"2s\")", "127.0.0.1:1")]
    [InlineData("tcp(\"127.0.0.1:1\", timeout = \"2s\")", "127.0.0.1:1")]
    [InlineData("http(\"127.0.0.1:1/up\", timeout = \"2s\")", "http://127.0.0.1:1/up")]
    public void A_remote_that_does_not_answer_fails_the_start_with_hints(string check, string place)
    {
        var run = _space.Test($$"""
            pay = service("pay", interface("web", "http", 80), remote = "127.0.0.1:1", healthcheck = {{check}})

            def test_pay():
                assert_eq(pay.get(path = "/").status, 200)
            """).Exited(2);

        var reason = run.OnlyRow.Text("reason");
        Assert.Contains($"remote service \"pay\" not reachable at {place}: connection refused", reason, StringComparison.Ordinal);
        Assert.All(
            ["telepresence connect", "kubectl port-forward", "inside the target cluster", "reach it directly", "remote="],
            hint => Assert.Contains(hint, reason, StringComparison.Ordinal));
        Assert.Contains("REMOTE_UNREACHABLE", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Events("service_started"));
    }

    [Fact]
    public void Item_28_The_bundle_records_the_endpoints_and_a_replay_names_them()
    {
        using var host = WebHost.Python();
        _space.Write("spec.star", $$"""
            {{Pay(host)}}

            def test_pay():
                assert_eq(pay.get(path = "/").status, 200)
            """);
        _space.Run("test", "spec.star", "--bundle", "run.fb").Exited(0);

        var environment = System.Text.Json.JsonDocument.Parse(_space.Run("inspect", "run.fb", "env.json").Exited(0).Output).RootElement;
        var remote = Assert.Single(environment.GetProperty("remotes").EnumerateArray());
        Assert.Equal(["host", "interface", "protocol", "resolved_at", "service"], remote.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal($"{host.Address}:{host.Port}", remote.Text("host"));
        Assert.True(DateTimeOffset.TryParse(remote.Text("resolved_at"), CultureInfo.InvariantCulture, DateTimeStyles.None, out _));
        Assert.Contains($"- pay.web -> {host.Address}:{host.Port} (http)", _space.Run("replay", "run.fb").Exited(0).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void System_calls_and_the_process_of_a_remote_service_are_out_of_reach()
    {
        using var host = WebHost.Python();
        var run = _space.Test($$"""
            {{Pay(host)}}

            def test_fault():
                fault(pay, write = deny("EIO"), run = lambda: None)

            def test_crash():
                crash(pay)
            """).Exited(2);

        Assert.Contains("\"pay\" is remote: syscall-level faults (write=)", run.Row("test_fault").Text("reason"), StringComparison.Ordinal);
        Assert.Contains("service \"pay\" is not running", run.Row("test_crash").Text("reason"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_remote_service_with_TLS_is_asked_for_and_verified_by_its_own_name()
    {
        var port = FreePort.Next();
        Certificates.Issue(_space, "remote", "DNS:localhost");
        using var host = WebHost.Of(
            "127.0.0.1", port, "openssl", "s_server", "-accept", $"127.0.0.1:{port}", "-www", "-cert", _space.File("remote.pem"), "-key", _space.File("remote.key"));
        var run = _space.Test($$"""
            pay = service("pay", interface("web", "http", {{port}}, tls = tls_cert(ca = "ca.pem")), remote = "localhost",
                healthcheck = http("https://localhost:{{port}}/", ca = "ca.pem"))

            def test_pay():
                answer = pay.get(path = "/")
                assert_eq(answer.status, 200)
            """).Exited(0);

        Assert.Contains(run.Events("proxy_tls_handshake_complete"), e => e.Field("leg") == "upstream" && e.Field("sni") == "localhost");
        Assert.Equal("tls", Assert.Single(run.Events("proxy_started")).Field("mode"));
    }

    [Fact]
    public void A_step_that_its_proxy_could_not_pass_on_says_why()
    {
        using var host = WebHost.Python();
        var port = FreePort.Next();
        Certificates.Issue(_space, "remote", "DNS:localhost");
        using var secure = WebHost.Of(
            "127.0.0.1", port, "openssl", "s_server", "-accept", $"127.0.0.1:{port}", "-www", "-cert", _space.File("remote.pem"), "-key", _space.File("remote.key"));
        var run = _space.Test($$"""
            lost = service("lost", interface("main", "tcp", {{host.Port}}), remote = "nowhere.invalid", healthcheck = tcp("{{host.Address}}:{{host.Port}}"))
            strange = service("strange", interface("main", "tcp", {{port}}, tls = tls_cert()), remote = "localhost", healthcheck = ready())

            def test_steps():
                assert_true(not lost.main.send(data = "GET / HTTP/1.0", raw = True).ok)
                assert_true(not strange.main.send(data = "GET / HTTP/1.0", raw = True).ok)
            """).Exited(0);

        Assert.Contains("the proxy of lost.main did not reach the service: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("the proxy of strange.main did not reach the service: TLS: ", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("TCP_READY_TOO_EARLY", run.Output, StringComparison.Ordinal);
    }

    private static string Pay(WebHost host, string interfaceMore = "") =>
        $"pay = service(\"pay\", interface(\"web\", \"http\", {host.Port}{interfaceMore}), remote = \"{host.Address}\", healthcheck = ready())";

    private static string Consumer(string upstream)
    {
        var port = FreePort.Next();
        return $"app = service(\"app\", \"/usr/bin/python3\", interface(\"main\", \"tcp\", {port}), args = [\"{WebHost.Script("fetch.py")}\", \"{port}\"], "
            + $"env = {{\"UPSTREAM\": \"{upstream}\"}}, depends_on = [pay], healthcheck = tcp(\"localhost:{port}\"))";
    }
}
