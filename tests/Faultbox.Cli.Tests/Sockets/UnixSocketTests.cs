namespace Faultbox.Cli.Tests.Sockets;

/// <summary>Services on unix sockets and on the loopback of IPv6: nginx as the service, curl as its consumer.</summary>
[Trait("Category", "Slow")]
public sealed class UnixSocketTests : IDisposable
{
    private readonly Workspace _space = new();

    private string SocketPath => _space.File("web.sock");

    private string Web => $$"""
        web = service("web", "{{Nginx.Program}}", interface("main", "http", 0, unix = "{{SocketPath}}"),
            args = ["-p", "{{_space.Directory}}", "-c", "nginx.conf"], env = {"OWN": "unix:{{SocketPath}}"}, healthcheck = ready())
        """;

    public void Dispose() => _space.Dispose();

    [Fact]
    public void A_consumer_that_dials_the_path_meets_the_rules_and_is_known()
    {
        Nginx.Configure(_space, $"unix:{SocketPath}");
        var run = _space.Test($$"""
            {{Web}}
            {{Consumer($"--unix-socket {SocketPath} http://localhost")}}

            def test_web():
                assert_eq(app.main.send(data = "/a"), "200 nginx")
                assert_eq(web.get(path = "/b").body, "nginx")
                def body():
                    assert_eq(app.main.send(data = "/x"), "503 {\"error\":\"busy\"}")
                    assert_eq(app.main.send(data = "/d"), "exit 52")
                    assert_eq(app.main.send(data = "/other"), "200 nginx")
                    assert_eq(web.get(path = "/x").status, 200)
                fault(web.main, error(path = "/x", status = 503, message = "busy"), drop(path = "/d"), source = app, run = body)
                assert_eq(app.main.send(data = "/x"), "200 nginx")
            """).Exited(0);

        Assert.Equal($"unix:{SocketPath}", run.Events("proxy_started").Single(e => e.Text("service") == "web").Field("target"));
        Assert.Equal(["error", "drop"], run.Events("proxy").Select(e => e.Field("action")));
        Assert.All(run.Events("proxy"), e => Assert.Equal("app", e.Field("consumer")));
    }

    [Fact]
    public void The_service_keeps_its_own_path_and_others_get_one_of_the_proxys()
    {
        Nginx.Configure(_space, $"unix:{SocketPath}");
        _space.Test($$"""
            {{Web}}
            show = service("show", "/bin/sh", args = ["-c", "printenv > show.env; exec sleep 600"],
                env = {"URL": "unix://{{SocketPath}}", "LONGER": "{{SocketPath}}.bak", "ADDRESS": web.main.addr}, depends_on = [web])

            def test_web():
                assert_eq(web.main.port, 0)
                assert_eq(web.get(path = "/").status, 200)
            """).Exited(0);

        var variables = File.ReadAllLines(_space.File("show.env")).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        var socket = variables["FAULTBOX_WEB_MAIN_SOCKET"];
        Assert.EndsWith("/sockets/show/web.main", socket, StringComparison.Ordinal);
        Assert.Equal($"unix://{socket}", variables["URL"]);
        Assert.Equal($"unix:{socket}", variables["ADDRESS"]);
        Assert.Equal($"{SocketPath}.bak", variables["LONGER"]);
        Assert.StartsWith("127.0.0.1:", variables["FAULTBOX_WEB_MAIN_ADDR"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_stale_socket_is_no_obstacle()
    {
        Nginx.Configure(_space, $"unix:{SocketPath}");
        using (var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0))
        {
            var elsewhere = _space.File("old.sock");
            socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(elsewhere));
            File.Move(elsewhere, SocketPath);
        }

        _space.Test($$"""
            {{Web}}

            def test_web():
                assert_eq(web.get(path = "/").body, "nginx")
            """).Exited(0);
    }

    /// <summary>18 is what curl ends with when only a part of the announced body came.</summary>
    [Fact]
    public void Bytes_of_a_connection_are_damaged_as_on_any_other()
    {
        Nginx.Configure(_space, $"unix:{SocketPath}");
        _space.Test($$"""
            {{Web}}
            {{Consumer($"--unix-socket {SocketPath} http://localhost")}}

            def test_web():
                fault(web.main, wire.limit_data(bytes = 300), run = lambda: assert_eq(app.main.send(data = "/long"), "exit 18"))
            """).Exited(0);
    }

    [Theory]
    [InlineData("""interface("main", "http", 80, unix = "/tmp/a.sock")""", "port must be 0 with unix=, got 80")]
    [InlineData("""interface("main", "http", 0, unix = "a.sock")""", "unix must be an absolute path of a socket, got \"a.sock\"")]
    [InlineData("""interface("main", "udp", 0, unix = "/tmp/a.sock")""", "unix= is not possible with protocol \"udp\"")]
    [InlineData("""interface("main", "http", 0)""", "port must be between 1 and 65535, got 0")]
    public void Mistakes_are_load_errors(string declaration, string message) => Assert.Contains(
        message, _space.Test($"web = service(\"web\", \"/bin/true\", {declaration})\n").Exited(1).Output.Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);

    [Fact]
    public void A_remote_service_has_no_unix_sockets() => Assert.Contains(
        "interface \\\"main\\\" has unix=, which a remote service cannot have: a socket is reached on its own machine only; give it a port",
        _space.Test("web = service(\"web\", interface(\"main\", \"http\", 0, unix = \"/tmp/a.sock\"), remote = \"host\", healthcheck = ready())\n").Exited(1).Output,
        StringComparison.Ordinal);

    [Fact]
    public void A_server_on_the_loopback_of_version_6_is_found()
    {
        var port = FreePort.Next();
        Nginx.Configure(_space, $"[::1]:{port}");
        var run = _space.Test($$"""
            web = service("web", "{{Nginx.Program}}", interface("main", "http", {{port}}),
                args = ["-p", "{{_space.Directory}}", "-c", "nginx.conf"], healthcheck = ready())
            {{Consumer($"http://[::1]:{port}")}}

            def test_web():
                assert_eq(web.get(path = "/").body, "nginx")
                assert_eq(app.main.send(data = "/"), "200 nginx")
                fault(web.main, error(status = 503, message = "busy"), source = app,
                    run = lambda: assert_eq(app.main.send(data = "/"), "503 {\"error\":\"busy\"}"))
            """).Exited(0);
        Assert.Equal("app", Assert.Single(run.Events("proxy")).Field("consumer"));
    }

    private string Consumer(string curl)
    {
        var port = FreePort.Next();
        return $"app = service(\"app\", \"/usr/bin/python3\", interface(\"main\", \"tcp\", {port}), args = [\"{Remotes.WebHost.Script("curl.py")}\", \"{port}\"], "
            + $"env = {{\"CURL\": \"{curl}\"}}, depends_on = [web], healthcheck = tcp(\"localhost:{port}\"))";
    }
}
