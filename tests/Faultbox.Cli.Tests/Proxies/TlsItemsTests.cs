using Faultbox.Cli.Tests.Remotes;

namespace Faultbox.Cli.Tests.Proxies;

/// <summary>TLS on both legs of an interface, with nginx and openssl as peers.</summary>
[Trait("Category", "Slow")]
public sealed class TlsItemsTests : IDisposable
{
    private const string Mutual = "tls_cert(ca = \"ca.pem\", client_cert = \"up.pem\", client_key = \"up.key\")";

    private readonly Workspace _space = new();
    private readonly int _port = FreePort.Next();

    public TlsItemsTests() => Certificates.Issue(_space, "up", "DNS:localhost,IP:127.0.0.1");

    public void Dispose() => _space.Dispose();

    [Theory]
    [InlineData("tls_cert(proxy_cert = \"up.pem\")", "tls_cert(): proxy_cert= and proxy_key= come together: proxy_key= is missing")]
    [InlineData("tls_cert(client_key = \"up.key\")", "tls_cert(): client_cert= and client_key= come together: client_cert= is missing")]
    [InlineData("tls_cert(cert = \"up.pem\", key = \"ca.key\")", "is not the key of cert= ")]
    [InlineData("tls_cert(cert = \"up.pem\", key = \"none.key\")", "tls_cert(): key= ")]
    [InlineData("tls_cert(ca = \"none.pem\")", "none.pem")]
    [InlineData("tls_cert(ca = \"up.key\")", "has no certificate in PEM form")]
    [InlineData("tls_cert(ca = \"ca.pem\", insecure = True)", "tls_cert(): insecure= and ca= are mutually exclusive")]
    [InlineData("tls_cert(insecure = \"yes\")", "insecure must be bool, got string")]
    [InlineData("tls_cert(proxy_crt = \"up.pem\")", "unknown keyword argument \"proxy_crt\"; did you mean \"proxy_cert\"?")]
    [InlineData("tls_cert(\"up.pem\")", "tls_cert")]
    [InlineData("tls_cert(proxy_cert = \"up.pem\", proxy_key = \"ca.key\")", "proxy_key")]
    [InlineData("tls_cert(require_client_cert = True)", "tls_cert(): require_client_cert=True needs client_ca=, the authorities that verify")]
    [InlineData("interface(\"i\", \"http\", 1, tls = True)", "tls must be tls_cert(...), got bool")]
    [InlineData("interface(\"i\", \"udp\", 1, tls = tls_cert())", "udp")]
    public void Item_26_a_mistake_fails_the_load_and_names_its_field(string call, string message)
    {
        _space.Write("x.star", $"x = {call}\n");

        var error = _space.Run("test", "x.star", "--no-bundle").Exited(1).Error;

        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Contains("x.star:1:", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Item_27_a_step_and_a_consumer_that_verifies_strictly_are_served()
    {
        var run = _space.Test($$"""
            {{Nginx("ca = \"ca.pem\"")}}
            {{Fetcher()}}

            def test_tls():
                r = up.web.get(path = "/")
                assert_eq((r.status, r.body), (200, "nginx"))
                assert_eq(app.main.send(data = "/"), "nginx")
                fault(up.web, error(path = "/", status = 503), source = app,
                    run = lambda: assert_eq(app.main.send(data = "/"), "HTTP Error 503: Service Unavailable"))
            """).Exited(0);

        Assert.All(run.Events("proxy"), e => Assert.Equal("app", e.Field("consumer")));
        Assert.Equal("tls", run.Events("proxy_started").Single(e => e.Text("service") == "up").Field("mode"));
    }

    [Fact]
    public void A_flawed_certificate_is_refused_by_a_consumer_and_by_a_step_and_nobody_else_meets_it()
    {
        var run = _space.Test($$"""
            {{Nginx("ca = \"ca.pem\"")}}
            {{Fetcher()}}

            def fetch():
                return app.main.send(data = "/")

            def test_consumer():
                expired = fault(up.web, tls_fault.expired(), source = app, run = lambda: [fetch(), up.web.get(path = "/").status])
                assert_true("certificate has expired" in expired[0], expired[0])
                assert_eq(expired[1], 200)
                assert_eq(fetch(), "nginx")

            def test_steps():
                for rule, why in [
                    (tls_fault.expired(), "NotTimeValid"),
                    (tls_fault.untrusted(), "PartialChain"),
                    (tls_fault.wrong_name(), "NameMismatch"),
                    (tls_fault.alert("internal_error"), "alert internal error"),
                    (tls_fault.close_during_handshake(), "closed by the peer during the handshake"),
                ]:
                    r = fault(up.web, rule, run = lambda: up.web.get(path = "/"))
                    assert_true(not r.ok and why in r.error, r.error)

            def test_silence():
                assert_eq(fetch(), "nginx")
                fault(up.web, tls_fault.expired(), run = lambda: None)
            """).Exited(0);

        var silent = run.Row("test_silence").GetProperty("events").EnumerateArray().Single(e => e.Text("type") == "fault_zero_traffic");
        Assert.Contains("but no TLS handshake while the window was open", silent.Field("hint"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("wrong_name")]
    public void A_certificate_of_the_specification_cannot_be_flawed(string fault)
    {
        _space.Write("x.star", $"""
            up = service("up", "/bin/true", interface("web", "http", {_port}, tls = tls_cert(proxy_cert = "up.pem", proxy_key = "up.key", insecure = True)), healthcheck = ready())
            a = fault_assumption("a", target = up.web, rules = [tls_fault.{fault}()])
            """);

        var error = _space.Run("test", "x.star", "--no-bundle").Exited(1).Error;

        Assert.Contains("x.star:2:", error, StringComparison.Ordinal);
        Assert.Contains($"tls_fault.{fault}() needs a certificate issued for the run, and the interface shows its own", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_takes_the_certificate_of_the_specification_and_no_other_one()
    {
        _space.Test($$"""
            {{Nginx("ca = \"ca.pem\", proxy_cert = \"up.pem\", proxy_key = \"up.key\"")}}

            def test_pinned():
                assert_eq(up.web.get(path = "/").body, "nginx")
                r = fault(up.web, tls_fault.untrusted(), run = lambda: up.web.get(path = "/"))
                assert_true(not r.ok and "certificate" in r.error, r.error)
            """).Exited(0);
    }

    [Fact]
    public void Item_26_grpc_is_called_over_TLS_with_a_client_certificate()
    {
        var run = _space.Test($$"""
            {{MutualLedger(Mutual)}}
            {{Peers.Ledger("app", "caller.js", "tcp", environment: "\"LEDGER\": up.main.proxy_addr, \"LEDGER_TLS\": \"1\"", more: ", depends_on = [up]")}}
            def test_tls():
                assert_eq(app.main.send(data = "before"), "0 before")
                fault(up.main, error(method = "/acme.Ledger/*", status = 14, message = "no"), run = lambda: assert_eq(app.main.send(data = "refused"), "14 no"))
                assert_eq(app.main.send(data = "after"), "0 after")
                assert_true(up.main.call(method = "/acme.Ledger/Post").ok)
            """).Exited(0);

        Assert.Equal(["Post before", "Post after", "Post undefined"], File.ReadAllLines(_space.File("up.log")).Where(l => l.StartsWith("Post", StringComparison.Ordinal)));
        AssertHandshakes(run, "h2");
    }

    [Fact]
    public void Item_26_grpc_of_a_service_that_another_authority_vouches_for_is_refused_and_the_reason_is_named()
    {
        _space.Write("right.pem", File.ReadAllText(_space.File("ca.pem")));
        Certificates.Issue(_space, "other", "DNS:localhost");
        var run = _space.Test($$"""
            {{MutualLedger(Mutual, vouching: "right.pem")}}
            {{Peers.Ledger("app", "caller.js", "tcp", environment: "\"LEDGER\": up.main.proxy_addr, \"LEDGER_TLS\": \"1\"", more: ", depends_on = [up]")}}
            def test_tls():
                assert_true(app.main.send(data = "x").startswith("14 "))
            """).Exited(0);

        var failed = run.Events("proxy_tls_handshake_failed").First();
        Assert.Equal("upstream", failed.Field("leg"));
        Assert.Contains("certificate", failed.Field("error"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Item_26_tcp_is_relayed_over_TLS_with_a_client_certificate_and_rules_see_plain_text()
    {
        var run = _space.Test($$"""
            up = service("up", "/usr/bin/openssl", interface("main", "tcp", {{_port}}, tls = tls_cert(ca = "ca.pem", client_cert = "up.pem", client_key = "up.key")),
                args = ["s_server", "-accept", "127.0.0.1:{{_port}}", "-cert", "{{_space.File("up.pem")}}", "-key", "{{_space.File("up.key")}}",
                    "-CAfile", "{{_space.File("ca.pem")}}", "-Verify", "1", "-verify_return_error", "-rev", "-quiet"],
                healthcheck = tcp("localhost:{{_port}}"))
            def test_tls():
                assert_eq(up.main.send(data = "abc"), "cba")
                fault(up.main, response(method = "ADMIN", body = "denied\n"), run = lambda: [
                    assert_eq(up.main.send(data = "ADMIN x"), "denied"), assert_eq(up.main.send(data = "USER"), "RESU")])
            """).Exited(0);

        Assert.Equal("ADMIN x\\x0a", Assert.Single(run.Events("proxy")).Field("first_bytes"));
        AssertHandshakes(run, alpn: "");
    }

    [Theory]
    [InlineData("tls_cert(ca = \"right.pem\")", "alert certificate required")]
    [InlineData("tls_cert(ca = \"ca.pem\", client_cert = \"up.pem\", client_key = \"up.key\")", "certificate is invalid")]
    public void Item_26_a_service_that_is_not_trusted_or_does_not_trust_is_named_with_the_reason_on_every_protocol(string tls, string reason)
    {
        _space.Write("right.pem", File.ReadAllText(_space.File("ca.pem")));
        Certificates.Issue(_space, "other", "DNS:localhost");
        var run = _space.Test($$"""
            {{Openssl("web", "http", tls, "-www")}}
            {{Openssl("raw", "tcp", tls, "-rev")}}
            {{Peers.Ledger("h2", "mutual.js", "http2", arguments: $"{_space.File("up.pem")} {_space.File("up.key")} {_space.File("right.pem")}", interfaceMore: $", tls = {tls}")}}
            {{MutualLedger(tls, vouching: "right.pem", name: "rpc")}}
            def test_refused():
                assert_true(not web.main.get(path = "/").ok)
                assert_true(not h2.main.get(path = "/").ok)
                assert_true(not rpc.main.call(method = "/acme.Ledger/Post").ok)
                raw.main.send(data = "abc")
            """);

        foreach (var service in new[] { "web", "h2", "rpc", "raw" })
        {
            var failed = run.Events("proxy_tls_handshake_failed").First(e => e.Text("service") == service);
            Assert.Equal("upstream", failed.Field("leg"));
            Assert.Contains(reason, failed.Field("error"), StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>nginx behind an interface with TLS.</summary>
    private string Nginx(string tls)
    {
        Sockets.Nginx.Configure(
            _space, $"127.0.0.1:{_port} ssl; ssl_certificate {_space.File("up.pem")}; ssl_certificate_key {_space.File("up.key")}");
        return $"""up = service("up", "{Sockets.Nginx.Program}", interface("web", "http", {_port}, tls = tls_cert({tls})), """
            + $"""args = ["-p", "{_space.Directory}", "-c", "nginx.conf"], healthcheck = ready())""";
    }

    /// <summary>A consumer of it that verifies strictly.</summary>
    private static string Fetcher()
    {
        var port = FreePort.Next();
        return $$"""app = service("app", "/usr/bin/python3", interface("main", "tcp", {{port}}), args = ["{{WebHost.Script("fetch.py")}}", "{{port}}"], """
            + $$"""env = {"UPSTREAM": "https://" + up.web.proxy_addr}, depends_on = [up], healthcheck = tcp("localhost:{{port}}"))""";
    }

    private string MutualLedger(string tls, string vouching = "ca.pem", string name = "up") => Peers.Ledger(
        name,
        "server.js",
        environment: $"\"TLS_CERT\": \"{_space.File("up.pem")}\", \"TLS_KEY\": \"{_space.File("up.key")}\", \"TLS_CA\": \"{_space.File(vouching)}\"",
        interfaceMore: $", tls = {tls}");

    /// <summary>A server of openssl that wants a client certificate of the right authority.</summary>
    private string Openssl(string name, string protocol, string tls, string answer)
    {
        var port = FreePort.Next();
        return $$"""
            {{name}} = service("{{name}}", "/usr/bin/openssl", interface("main", "{{protocol}}", {{port}}, tls = {{tls}}),
                args = ["s_server", "-accept", "127.0.0.1:{{port}}", "-cert", "{{_space.File("up.pem")}}", "-key", "{{_space.File("up.key")}}",
                    "-CAfile", "{{_space.File("right.pem")}}", "-Verify", "1", "-verify_return_error", "{{answer}}", "-quiet"],
                healthcheck = tcp("localhost:{{port}}"))

            """;
    }

    /// <summary>Both legs have negotiated the same.</summary>
    private static void AssertHandshakes(Execution run, string alpn)
    {
        var complete = run.Events("proxy_tls_handshake_complete");
        Assert.Equal(["client", "upstream"], complete.Select(e => e.Field("leg")).Distinct().Order(StringComparer.Ordinal));
        Assert.All(complete, e => Assert.Equal(alpn, e.Field("alpn")));
    }
}
