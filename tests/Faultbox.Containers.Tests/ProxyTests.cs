using Faultbox.Cli.Tests;
using Faultbox.Cli.Tests.Remotes;

namespace Faultbox.Containers.Tests;

/// <summary>Proxies stand between containers, whatever address the specification gives to the consumer.</summary>
[Trait("Category", "Slow")]
public sealed class ProxyTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Theory]
    [InlineData("internal_addr")]
    [InlineData("proxy_addr")]
    public void Item_22_a_message_fault_reaches_the_connection_of_another_container(string attribute)
    {
        ImageContexts.Busybox(_space);

        _space.Test($$"""
            c = service("c", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            d = service("d", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"),
                depends_on = [c], env = {"PEER": c.main.{{attribute}}})
            def relay():
                return d.main.send(data = "relay")
            def test_c():
                assert_eq(relay(), "stored")
                fault(c.main, response(body = "garbled"), run = lambda: assert_eq(relay(), "garbled"))
                assert_eq(relay(), "stored")
            """).Exited(0);
    }

    [Fact]
    public void Containers_reach_each_other_by_name_when_no_fault_needs_the_proxy()
    {
        ImageContexts.Busybox(_space);

        _space.Test("""
            c = service("c", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            d = service("d", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"),
                depends_on = [c], env = {"PEER": c.main.internal_addr})
            def test_c():
                assert_eq(d.main.send(data = "relay"), "stored")
            """).Exited(0);
    }

    [Fact]
    public void Item_27_a_container_verifies_the_proxy_strictly_by_the_authority_of_the_run()
    {
        ImageContexts.Openssl(_space);
        Certificates.Issue(_space, "up", "DNS:localhost,IP:127.0.0.1");
        var port = FreePort.Next();

        var run = _space.Test($$"""
            up = service("up", "/usr/bin/openssl", interface("web", "http", {{port}}, tls = tls_cert(ca = "ca.pem")),
                args = ["s_server", "-accept", "{{port}}", "-cert", "{{_space.File("up.pem")}}", "-key", "{{_space.File("up.key")}}", "-www", "-quiet"],
                healthcheck = tcp("localhost:{{port}}"))
            app = service("app", interface("main", "tcp", 7000), build = "./openssl", healthcheck = tcp("localhost:7000"),
                depends_on = [up], env = {"PEER": up.web.proxy_addr})
            def ask():
                return app.main.send(data = "ask")
            def test_tls():
                assert_true(ask().startswith("HTTP/1.0 200 "), ask())
                fault(up.web, error(path = "/", status = 503), source = app, run = lambda: assert_true(ask().startswith("HTTP/1.1 503 "), ask()))
            """).Exited(0);

        Assert.All(run.Events("proxy"), e => Assert.Equal("app", e.Field("consumer")));
    }
}
