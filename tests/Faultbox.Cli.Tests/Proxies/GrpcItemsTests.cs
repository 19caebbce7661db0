namespace Faultbox.Cli.Tests.Proxies;

/// <summary>Calls of <c>@grpc/grpc-js</c> and of steps through a proxy, with a server of the same library.</summary>
[Trait("Category", "Slow")]
public sealed class GrpcItemsTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void Item_08_an_error_is_the_callers_and_the_service_sees_no_call()
    {
        var run = _space.Test($$"""
            {{Peers.Ledger("up", "server.js")}}
            {{Peers.Ledger("app", "caller.js", "tcp", environment: "\"LEDGER\": up.main.proxy_addr", more: ", depends_on = [up]")}}
            def test_error():
                assert_eq(app.main.send(data = "before"), "0 before")
                def body():
                    assert_eq(app.main.send(data = "refused"), "14 no")
                fault(up.main, error(method="/acme.Ledger/*", status=14, message="no"), run = body)
                assert_eq(app.main.send(data = "after"), "0 after")
            """).Exited(0);

        var refused = Assert.Single(run.Events("proxy"));
        Assert.Equal(
            ("error", "grpc", "/acme.Ledger/Post", "Unavailable", "no", "app"),
            (refused.Field("action"), refused.Field("protocol"), refused.Field("method"), refused.Field("code"), refused.Field("error"), refused.Field("consumer")));
        Assert.Equal(["Post before", "Post after"], File.ReadAllLines(_space.File("up.log")).Where(l => l.StartsWith("Post", StringComparison.Ordinal)));
    }

    [Fact]
    public void Items_14_and_30_open_streams_end_with_a_killed_service_and_with_the_test()
    {
        var run = _space.Test($$"""
            {{Peers.Ledger("up", "server.js")}}
            {{Peers.Ledger("app", "crowd.js", "tcp", arguments: "$LEDGER 1000", environment: "\"LEDGER\": up.main.proxy_addr", more: ", depends_on = [up]")}}
            def test_killed():
                crash(up, signal = "KILL")
                assert_eq(app.main.send(data = "how"), "1000 with 14")
            def test_end():
                return "1000 are open"
            """).Exited(0);

        IEnumerable<string> Events(string test, string type) => run.Row(test).GetProperty("events").EnumerateArray()
            .Where(e => e.Text("type") == type && e.Text("service") == "up").Select(e => e.Field("phase") ?? "");
        Assert.Equal("body", Assert.Single(Events("test_killed", "proxy_upstream_error"), phase => phase != "dial"));
        Assert.Empty(Events("test_end", "proxy_upstream_error"));
        Assert.All(["test_killed", "test_end"], t => Assert.Empty(Events(t, "proxy_stop_timeout")));
    }

    [Fact]
    public void A_step_is_typed_by_the_reflection_of_the_server()
    {
        _space.Test($$"""
            {{Peers.Ledger("up", "reflecting.js", arguments: "v1")}}
            {{Typed}}
            """).Exited(0);
    }

    [Fact]
    public void A_step_is_typed_by_a_descriptor_set()
    {
        _space.Write("ledger.js", """
            const { Root } = require("protobufjs");
            require("protobufjs/ext/descriptor");
            const fs = require("fs");
            const types = new Root().loadSync(process.argv[2], { keepCase: true });
            types.resolveAll();
            const set = types.toDescriptor("proto3");
            fs.writeFileSync("ledger.pb", require("protobufjs/ext/descriptor").FileDescriptorSet.encode(set).finish());
            """);
        using (var node = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            Peers.Node, [_space.File("ledger.js"), Path.Combine(AppContext.BaseDirectory, "Ledger", "ledger.proto")])
        {
            WorkingDirectory = _space.Directory,
            Environment = { ["NODE_PATH"] = NodeModules.Directory },
        })!)
        {
            node.WaitForExit();
            Assert.Equal(0, node.ExitCode);
        }

        _space.Test($$"""
            {{Peers.Ledger("up", "server.js", interfaceMore: ", spec = \"ledger.pb\"")}}
            {{Typed}}
                def body():
                    r = up.main.call(method = "/acme.Ledger/Post", body = {"text": "x"})
                    assert_eq((r.ok, r.data["message"]["text"]), (True, "made up"))
                fault(up.main, response(method = "/acme.Ledger/Post", body = {"text": "made up"}), run = body)
            """).Exited(0);
    }

    [Fact]
    public void Item_36_steps_reach_http2_grpc_health_and_udp_servers()
    {
        var port = FreePort.Next();
        _space.Test($$"""
            {{Peers.Nginx(_space)}}
            {{Peers.Ledger("rpc", "reflecting.js", arguments: "none health")}}
            echo = service("echo", "/usr/bin/python3", interface("main", "udp", {{port}}), args = ["{{Remotes.WebHost.Script("datagrams.py")}}", "{{port}}"],
                healthcheck = wait_until(lambda: step(echo.main, "send", data = "up", timeout_ms = 200).ok))

            def test_steps():
                r = up.h2.get(path = "/x")
                assert_eq((r.ok, r.status, r.body, r.fields["proto"]), (True, 200, "GET /x", "HTTP/2.0"))
                assert_eq(up.h2.post(path = "/y", body = "z").body, "POST /y")
                r = rpc.main.call(method = "/grpc.health.v1.Health/Check")
                assert_eq((r.ok, r.status), (True, 0), r.error)
                r = echo.main.send(data = "ping")
                assert_eq((r.ok, r.data), (True, {"raw": "70696e67", "size": 4}))
            """).Exited(0);
    }

    private const string Typed = """
        def test_typed():
            r = up.main.call(method = "/acme.Ledger/Post", body = {"text": "hello", "number": 41})
            assert_eq((r.ok, r.status, r.data["message"]["text"]), (True, 0, "hello"))
            r = up.main.call(method = "/acme.Ledger/List", body = '{"number": 3}')
            assert_eq([m.get("number", 0) for m in r.data["messages"]], ["0", "1", "2"])
            r = up.main.call(method = "/acme.Ledger/Post", body = {"text": "fail"})
            assert_true(not r.ok)
            assert_true(r.error.startswith("rpc error: code = "))
        """;
}
