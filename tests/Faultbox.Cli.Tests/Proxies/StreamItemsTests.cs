using Faultbox.Cli.Tests.Remotes;

namespace Faultbox.Cli.Tests.Proxies;

/// <summary>Streams through a proxy: who speaks when, and how either side ends.</summary>
[Trait("Category", "Slow")]
public sealed class StreamItemsTests : IDisposable
{
    private readonly Workspace _space = new();
    private readonly int _port = FreePort.Next();
    private readonly int _other = FreePort.Next();

    public void Dispose() => _space.Dispose();

    /// <summary>The service sends the second event only after the client has the first: a proxy that holds bytes back could not deliver either.</summary>
    [Fact]
    public void Item_11_an_event_reaches_the_client_before_the_next_one_is_sent() => _space.Test($$"""
        up = service("up", "{{Peers.Node}}", interface("web", "http", {{_port}}), interface("more", "tcp", {{_other}}),
            args = ["{{WebHost.Script("events.js")}}", "{{_port}}", "{{_other}}"], healthcheck = tcp("localhost:{{_other}}"))
        {{Patron("up.web")}}
        def test_events():
            assert_eq(app.main.send(data = "events /sse {{_other}}"), "first then second")
            def body():
                assert_eq(app.main.send(data = "events /sse {{_other}}"), "first then second")
            fault(up.web, error(path = "/other"), wire.latency("1ms"), run = body)
        """).Exited(0);

    [Fact]
    public void Item_12_a_server_that_speaks_first_is_heard_and_silence_ends_nothing()
    {
        var run = _space.Test($$"""
            {{Ncat("sleep 3; echo banner; exec sleep 600")}}
            {{Patron("up.raw")}}
            def body():
                assert_eq(app.main.send(data = "listen"), "banner")
                for i in range(10):
                    assert_eq(app.main.send(data = "open 6"), "open")
                assert_eq(up.raw.send(data = "x"), "banner")
            test("banner", body, timeout = "180s")
            """).Exited(0);

        Assert.DoesNotContain(run.Events("proxy_stall"), e => e.Text("service") == "up");
    }

    [Fact]
    public void Item_13_an_answer_after_the_clients_end_arrives_whole() => _space.Test($$"""
        up = service("up", "/usr/bin/busybox", interface("raw", "tcp", {{_port}}),
            args = ["nc", "-ll", "-p", "{{_port}}", "-e", "sh", "-c", "cat > /dev/null; exec head -c 10485760 /dev/zero"], healthcheck = tcp("localhost:{{_port}}"))
        {{Patron("up.raw")}}
        def test_halfclose():
            assert_eq(app.main.send(data = "halfclose hello"), "10485760 eof")
            fault(up.raw, response(method = "other", body = "no\n"), run = lambda: assert_eq(app.main.send(data = "halfclose hello"), "10485760 eof"))
        """).Exited(0);

    [Fact]
    public void Item_14_a_service_that_is_killed_resets_a_download_and_serves_again_after_its_restart()
    {
        using (var big = File.Create(_space.File("big")))
        {
            big.SetLength(100 << 20);
        }

        var run = _space.Test($$"""
            {{Peers.Nginx(_space, "location = /big { }")}}
            {{Patron("up.web")}}
            def test_killed():
                assert_eq(app.main.send(data = "begin /big"), "200")
                crash(up, signal = "KILL")
                assert_eq(app.main.send(data = "rest"), "less reset")
                assert_eq(up.web.get(path = "/").status, 0)
                restart(up)
                assert_eq(up.web.get(path = "/").body, "GET /")
                assert_eq(app.main.send(data = "begin /big"), "200")
                assert_eq(app.main.send(data = "rest"), "whole open")
            """).Exited(0);

        // The end of the connection may be seen before the end of the process, or after it.
        var error = Assert.Single(run.Events("proxy_upstream_error"), e => e.Field("phase") != "dial");
        Assert.Equal("body", error.Field("phase"));
        Assert.StartsWith("the service ended", error.Field("error"), StringComparison.Ordinal);
    }

    [Fact]
    public void Item_15_a_prefix_decides_for_connections_of_before_and_after()
    {
        var run = _space.Test($$"""
            {{Ncat("exec sed -u s/^/served:/")}}
            {{Peers.Python("a", "dialer.py", environment: "{\"Q\": up.raw.proxy_addr}", more: ", depends_on = [up]")}}
            def test_prefix():
                q = a.main.send(data = "env Q")
                assert_eq(a.main.send(data = "open old-admin %s ADMIN 1" % q), "served:ADMIN 1")
                assert_eq(a.main.send(data = "open old-user %s USER 1" % q), "served:USER 1")
                assert_eq(a.main.send(data = "open idle %s" % q), "opened")
                def body():
                    assert_eq(a.main.send(data = "on old-admin ADMIN 2"), "denied")
                    assert_eq(a.main.send(data = "on old-user USER 2"), "served:USER 2")
                    assert_eq(a.main.send(data = "on idle ADMIN x"), "denied")
                    assert_eq(a.main.send(data = "open new-admin %s ADMIN x" % q), "denied")
                    assert_eq(a.main.send(data = "open new-user %s USER y" % q), "served:USER y")
                    assert_eq(up.raw.send(data = "admin x"), "served:admin x")
                fault(up.raw, response(method="ADMIN", body="denied\n"), run = body)
                assert_eq(a.main.send(data = "on new-user ADMIN late"), "served:ADMIN late")
            """).Exited(0);

        Assert.Equal(3, run.Events("proxy").Count);
        Assert.All(run.Events("proxy"), e => Assert.Equal(("respond", "7", "ADMIN"), (e.Field("action"), e.Field("body_size"), e.Field("first_bytes")![..5])));
    }

    private string Ncat(string command) => $$"""
        up = service("up", "/usr/bin/ncat", interface("raw", "tcp", {{_port}}), args = ["-lk", "127.0.0.1", "{{_port}}", "--sh-exec", "{{command}}"],
            healthcheck = tcp("localhost:{{_port}}"))

        """;

    private static string Patron(string upstream) =>
        Peers.Python("app", "patron.py", environment: $"{{\"UPSTREAM\": {upstream}.proxy_addr}}", more: ", depends_on = [up]");
}
