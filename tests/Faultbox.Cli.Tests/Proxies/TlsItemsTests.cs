using Faultbox.Cli.Tests.Remotes;

namespace Faultbox.Cli.Tests.Proxies;

/// <summary>TLS on both legs of an interface, with nginx and openssl as peers.</summary>
[Trait("Category", "Slow")]
public sealed class TlsItemsTests : IDisposable
{
    private readonly Workspace _space = new();
    private readonly int _port = FreePort.Next();

    public TlsItemsTests() => Certificates.Issue(_space, "up", "DNS:localhost,IP:127.0.0.1");

    public void Dispose() => _space.Dispose();

    [Theory]
    [InlineData("tls_cert(proxy_cert = \"up.pem\")", "tls_cert(): proxy_cert= and proxy_key= come together: proxy_key= is missing")]
    [InlineData("tls_cert(client_key = \"up.key\")", "tls_cert(): client_cert= and client_key= come together: client_cert= is missing")]
    [InlineData("tls_cert(ca = \"none.pem\")", "none.pem")]
    [InlineData("tls_cert(ca = \"up.key\")", "has no certificate in PEM form")]
    [InlineData("tls_cert(ca = \"ca.pem\", insecure = True)", "tls_cert(): insecure= and ca= are mutually exclusive")]
    [InlineData("tls_cert(insecure = \"yes\")", "insecure must be bool, got string")]
    [InlineData("tls_cert(proxy_crt = \"up.pem\")", "unknown keyword argument \"proxy_crt\"; did you mean \"proxy_cert\"?")]
    [InlineData("tls_cert(\"up.pem\")", "tls_cert")]
    [InlineData("tls_cert(proxy_cert = \"up.pem\", proxy_key = \"ca.key\")", "proxy_key")]
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
        var app = FreePort.Next();
        Sockets.Nginx.Configure(
            _space, $"127.0.0.1:{_port} ssl; ssl_certificate {_space.File("up.pem")}; ssl_certificate_key {_space.File("up.key")}");
        var run = _space.Test($$"""
            up = service("up", "{{Sockets.Nginx.Program}}", interface("web", "http", {{_port}}, tls = tls_cert(ca = "ca.pem")),
                args = ["-p", "{{_space.Directory}}", "-c", "nginx.conf"], healthcheck = ready())
            app = service("app", "/usr/bin/python3", interface("main", "tcp", {{app}}), args = ["{{WebHost.Script("fetch.py")}}", "{{app}}"],
                env = {"UPSTREAM": "https://" + up.web.proxy_addr}, depends_on = [up], healthcheck = tcp("localhost:{{app}}"))

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
}
