using Faultbox.Cli.Tests;
using Faultbox.Cli.Tests.Remotes;

namespace Faultbox.Containers.Tests;

/// <summary>Proxies stand between containers, whatever address the specification gives to the consumer.</summary>
[Trait("Category", "Slow")]
public sealed class ProxyTests(EngineFixture engine) : IDisposable
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
    public void Item_22_a_rule_that_only_a_matrix_brings_meets_the_traffic_of_a_container()
    {
        ImageContexts.Busybox(_space);

        var run = _space.Test("""
            c = service("c", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            d = service("d", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"),
                depends_on = [c], env = {"PEER": c.main.internal_addr})
            garbled = fault_assumption("garbled", target = c.main, rules = [response(body = "garbled")])
            disk = fault_assumption("disk", target = d, connect = deny("ECONNREFUSED"))
            fault_matrix(scenarios = [lambda: d.main.send(data = "relay")], faults = [garbled, disk], require_faults_fire = True)
            """).Exited(0);

        Assert.Equal(["passed", "passed"], run.Json.GetProperty("tests").EnumerateArray().Select(t => t.GetProperty("outcome").GetString()));
        Assert.Equal("\"garbled\"", run.Row("test_matrix_lambda_garbled").GetProperty("return_value").GetString());
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
    public void Item_29_one_placeholder_is_the_address_that_its_consumer_can_reach()
    {
        ImageContexts.Busybox(_space);
        var (db, app) = (FreePort.Next(), FreePort.Next());
        string Python(string name, int port, string more) =>
            $"{name} = service(\"{name}\", \"/usr/bin/python3\", interface(\"main\", \"tcp\", {port}), "
            + $"args = [\"{Path.Combine(AppContext.BaseDirectory, "Programs", "dialer.py")}\", \"{port}\"], healthcheck = tcp(\"localhost:{port}\"){more})";

        _space.Test($$"""
            {{Python("db", db, "")}}
            addr = db.main.proxy_addr
            if [addr] * 3 != ["__FB_PROXY_ADDR_db__main__", db.main.proxy_addr, "" + db.main.proxy_addr]:
                fail(addr)
            env = {"ADDR": addr, "HOST": db.main.proxy_host, "PORT": db.main.proxy_port,
                "PEER": addr, "DSN": "postgres://u:p@" + addr + "," + db.main.proxy_addr + "/x?also=" + addr}
            {{Python("app", app, ", depends_on = [db], env = env")}}
            box = service("box", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"), depends_on = [db], env = env)

            def check(consumer, host):
                def env(name):
                    return consumer.main.send(data = "env " + name)
                port = env("PORT")
                address = "%s:%d" % (host, int(port))
                assert_eq((env("ADDR"), env("HOST")), (address, host))
                assert_eq(env("DSN"), "postgres://u:p@%s,%s/x?also=%s" % (address, address, address))
                return address
            def test_placeholders():
                assert_eq(app.main.send(data = "say %s ping" % check(app, "127.0.0.1")), "pong")
                check(box, "host.docker.internal")
                fault(db.main, response(body = "garbled"), source = box, run = lambda: assert_eq(box.main.send(data = "relay"), "garbled"))
            """).Exited(0);
    }

    [Fact]
    public void A_container_is_not_sent_to_a_proxy_that_is_bound_to_the_loopback_of_the_host()
    {
        ImageContexts.Busybox(_space);
        _space.Write("spec.star", """
            c = service("c", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"))
            d = service("d", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"),
                depends_on = [c], env = {"PEER": c.main.proxy_addr})
            def test_c():
                pass
            """);

        var run = _space.RunProgram(
            "/usr/bin/env", "FAULTBOX_PROXY_BIND=127.0.0.1", Workspace.Program, "test", "spec.star", "--no-bundle", "--format", "json").Exited(2);

        Assert.Contains(
            "service \"d\" is given the address of the proxy of c.main, which is bound to 127.0.0.1 by FAULTBOX_PROXY_BIND",
            run.OnlyRow.GetProperty("reason").GetString(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp", "DROP", "nothing came back within 5 s")]
    [InlineData("tcp", "REJECT", "connection refused")]
    [InlineData("udp", "DROP", "nothing came back within 5 s")]
    public async Task A_firewall_between_the_containers_and_the_proxies_is_told_before_the_first_container_that_needs_one(
        string protocol, string verdict, string outcome)
    {
        ImageContexts.Busybox(_space);
        _space.Write("spec.star", $$"""
            up = service("up", "/usr/bin/sleep", interface("main", "{{protocol}}", {{FreePort.Next()}}), args = ["1000"])
            app = service("app", interface("main", "tcp", 7000), build = "./busybox", healthcheck = tcp("localhost:7000"),
                depends_on = [up], env = {"PEER": up.main.proxy_addr})
            def test_app():
                pass
            """);
        using var firewall = new InputRule("-i", "br-+", "-p", protocol, "--dport", "32768:", "-j", verdict);

        var reason = Run().Exited(2).OnlyRow.GetProperty("reason").GetString();

        Assert.Matches(
            $"service \"app\" is given the address of the proxy of up.main, host.docker.internal:[0-9]+ \\({protocol}\\), but containers do not reach this host: "
            + $"from the network faultbox-net[-0-9a-f]*, [0-9.]+:[0-9]+ was tried \\(host.docker.internal at docker0, {protocol}\\): {outcome}",
            reason);
        Assert.Empty(await engine.FootprintAsync());

        Assert.Contains("iptables -I INPUT -i br-+ -j ACCEPT", reason, StringComparison.Ordinal);
        using var advised = new InputRule("-i", "br-+", "-j", "ACCEPT");
        Run().Exited(0);

        Execution Run() => _space.RunProgram(Workspace.Program, "test", "spec.star", "--no-bundle", "--format", "json");
    }

    [Fact]
    public void A_container_dials_the_unix_socket_of_a_program_of_this_host_and_meets_the_rules()
    {
        ImageContexts.Ncat(_space);
        var path = _space.File("up.sock");

        var run = _space.Test($$"""
            up = service("up", "/usr/bin/ncat", interface("main", "tcp", 0, unix = "{{path}}"),
                args = ["-lkU", "{{path}}", "--sh-exec", "read x; echo served:$x"], healthcheck = ready())
            app = service("app", interface("main", "tcp", 7000), build = "./ncat", healthcheck = tcp("localhost:7000"),
                depends_on = [up], env = {"PEER": "{{path}}"})
            def ask():
                return app.main.send(data = "x")
            def test_socket():
                assert_eq(ask(), "served:x")
                fault(up.main, response(body = "garbled"), source = app, run = lambda: assert_eq(ask(), "garbled"))
                assert_eq(ask(), "served:x")
            """).Exited(0);

        Assert.Equal("app", Assert.Single(run.Events("proxy")).Field("consumer"));
    }

    /// <summary>The client of the container takes answers of the address that it has sent to alone.</summary>
    [Fact]
    public void A_container_asks_a_udp_service_of_this_host_and_meets_the_rules()
    {
        ImageContexts.Ncat(_space);
        var port = FreePort.Next();

        var run = _space.Test($$"""
            up = service("up", "/usr/bin/ncat", interface("main", "udp", {{port}}), args = ["-luk", "{{port}}", "--sh-exec", "read x; echo served:$x"], healthcheck = ready())
            app = service("app", interface("main", "tcp", 7000), build = "./ncat", healthcheck = tcp("localhost:7000"),
                depends_on = [up], env = {"PEER": up.main.proxy_addr})
            def ask():
                return app.main.send(data = "x")
            def test_datagrams():
                assert_eq(ask(), "served:x")
                fault(up.main, response(body = "garbled\n"), source = app, run = lambda: assert_eq(ask(), "garbled"))
                assert_eq(ask(), "served:x")
            """).Exited(0);

        Assert.Equal("app", Assert.Single(run.Events("proxy")).Field("consumer"));
    }

    /// <summary>The path of the socket goes through a link that leads elsewhere on this host.</summary>
    [Fact]
    public void The_unix_socket_of_a_container_is_reached_in_its_own_file_system_and_meets_the_rules()
    {
        ImageContexts.Ncat(_space);
        var port = FreePort.Next();
        const string Socket = "/run/up.sock";

        var run = _space.Test($$"""
            up = service("up", interface("main", "tcp", 0, unix = "{{Socket}}"), build = "./ncat", args = ["{{Socket}}"], healthcheck = ready())
            app = service("app", interface("main", "tcp", 7000), build = "./ncat", healthcheck = tcp("localhost:7000"),
                depends_on = [up], env = {"PEER": "{{Socket}}"})
            host = service("host", "/usr/bin/ncat", interface("main", "tcp", {{port}}), healthcheck = tcp("localhost:{{port}}"), depends_on = [up],
                args = ["-lk", "127.0.0.1", "{{port}}", "--sh-exec", "read x; echo $x | ncat --no-shutdown -U $PEER"], env = {"PEER": "{{Socket}}"})
            def ask():
                return [s.main.send(data = "x") for s in [app, host, up]]
            def test_socket():
                assert_eq(ask(), ["served:x"] * 3)
                fault(up.main, response(body = "garbled"), source = app, run = lambda: assert_eq(ask(), ["garbled", "served:x", "served:x"]))
                crash(up, signal = "KILL")
                restart(up)
                assert_eq(ask(), ["served:x"] * 3)
            """).Exited(0);

        Assert.Equal("app", Assert.Single(run.Events("proxy")).Field("consumer"));
        Assert.Equal($"unix:{Socket}", Assert.Single(run.Events("proxy_started"), e => e.Text("service") == "up").Field("target"));
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
