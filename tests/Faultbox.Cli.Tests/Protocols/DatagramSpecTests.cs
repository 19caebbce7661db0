namespace Faultbox.Cli.Tests.Protocols;

/// <summary>Rules on datagrams in specifications, in front of a real server.</summary>
[Trait("Category", "Slow")]
public sealed class DatagramSpecTests : IDisposable
{
    private readonly Workspace _space = new();
    private readonly int _port = FreePort.Next();

    private string Echo => $"""
        echo = service("echo", "/usr/bin/python3", interface("main", "udp", {_port}), args = ["{Remotes.WebHost.Script("datagrams.py")}", "{_port}"],
            healthcheck = wait_until(lambda: step(echo.main, "send", data = "up", timeout_ms = 200).ok))
        """;

    public void Dispose() => _space.Dispose();

    [Fact]
    public void A_truncated_datagram_arrives_short_and_a_rule_with_first_expires()
    {
        var run = _space.Test($$"""
            {{Echo}}

            def test_echo():
                def body():
                    assert_eq(echo.send(data = "abcdef").data, {"raw": "616263", "size": 3})
                    assert_eq(echo.send(data = "abcdef").data, {"raw": "616263646566", "size": 6})
                fault(echo.main, dgram.truncate(bytes = 3, first = 1), run = body)
            """).Exited(0);

        var fired = Assert.Single(run.Events("proxy"));
        Assert.Equal("truncate", fired.Field("action"));
        Assert.Equal("3", fired.Field("bytes"));
    }

    [Fact]
    public void The_seed_decides_which_datagrams_are_lost()
    {
        var spec = $$"""
            {{Echo}}

            def test_echo():
                def body():
                    print([echo.send(data = "ping", timeout_ms = 300).ok for _ in range(12)])
                fault(echo.main, drop(probability = "40%"), run = body)
            """;
        string Lost() => string.Join(",", _space.Test(spec).Exited(0).Events("proxy_rule_stats").Select(e => e.Field("fired")));

        var first = Lost();

        Assert.NotEqual("0", first);
        Assert.NotEqual("12", first);
        Assert.Equal(first, Lost());
    }
}
