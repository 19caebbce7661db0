namespace Faultbox.Cli.Tests.Protocols;

/// <summary>Steps of tcp in specifications, against servers of binary and of line protocols.</summary>
[Trait("Category", "Slow")]
public sealed class TcpSpecTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void A_server_of_another_protocol_is_spoken_to_in_its_bytes()
    {
        _space.Test(Redis() + """
            def test_redis():
                assert_eq(cache.main.send(data = "PING"), "+PONG")
                assert_eq(cache.main.send(hex = "2a310d0a 24340d0a 50494e470d0a"), "+PONG")
                assert_eq(cache.main.send(data = "SET k one\r\nGET k", until = "one\r\n"), "+OK\r\n$3")
                r = cache.main.send(data = "GET k\r\nGET k\r\n", size = 18, raw = True)
                assert_true(r.ok)
                assert_eq(r.raw, b"$3\r\none\r\n$3\r\none\r\n")
                silent = cache.main.send(hex = "2a31", timeout = "200ms", raw = True)
                assert_true(not silent.success)
                assert_eq(silent.error, "timed out")
                assert_eq(cache.send(data = "ECHO hi", size = 4), "$2")
            """).Exited(0);
    }

    [Fact]
    public void A_server_that_speaks_first_is_heard_and_then_asked()
    {
        var port = FreePort.Next();
        _space.Test($$"""
            up = service("up", "/usr/bin/ncat", interface("main", "tcp", {{port}}), healthcheck = tcp("localhost:{{port}}"),
                args = ["-lk", "127.0.0.1", "{{port}}", "-c", "printf 'ready;'; cat"])

            def test_greeting():
                assert_eq(up.main.send(data = "", until = ";", raw = True).raw, b"ready;")
                assert_eq(up.main.send(data = "abc", size = 10), "ready;abc")
            """).Exited(0);
    }

    [Theory]
    [InlineData("", "up.main.send(): missing required argument data=, or hex= for bytes that are no text")]
    [InlineData("data = \"a\", hex = \"00\"", "up.main.send(): data and hex exclude each other")]
    [InlineData("data = \"a\", until = \";\", size = 3", "up.main.send(): until and size exclude each other")]
    [InlineData("data = \"a\", untl = \";\"", "up.main.send(): unknown keyword argument \"untl\"; did you mean \"until\"; valid: data=, hex=, until=, size=, timeout=, raw=")]
    [InlineData("data = \"a\", size = 4", "tcp send failed: connection closed by the peer after 2 of 4 bytes")]
    public void What_cannot_be_done_is_said_at_its_place(string arguments, string message)
    {
        var port = FreePort.Next();
        var run = _space.Test($$"""
            up = service("up", "/usr/bin/ncat", interface("main", "tcp", {{port}}), healthcheck = tcp("localhost:{{port}}"),
                args = ["-lk", "127.0.0.1", "{{port}}", "-c", "head -c 2"])

            def test_refused():
                up.main.send({{arguments}})
            """).Exited(2);

        var reason = run.OnlyRow.Text("reason");
        Assert.Contains(message, reason, StringComparison.Ordinal);
        Assert.Contains("spec.star:5", reason, StringComparison.Ordinal);
    }

    private static string Redis()
    {
        var port = FreePort.Next();
        return $"""
            cache = service("cache", "/usr/bin/redis-server", interface("main", "tcp", {port}), healthcheck = tcp("localhost:{port}"),
                args = ["--port", "{port}", "--save", "", "--appendonly", "no"])


            """;
    }
}
