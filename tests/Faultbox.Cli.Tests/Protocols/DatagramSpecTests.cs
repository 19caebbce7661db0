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
    public void A_service_is_ready_when_its_port_is_bound_and_not_before() => _space.Test($$"""
        echo = service("echo", "/bin/sh", interface("main", "udp", {{_port}}),
            args = ["-c", "sleep 1; exec /usr/bin/python3 {{Remotes.WebHost.Script("datagrams.py")}} {{_port}}"], healthcheck = ready())

        def test_echo():
            assert_true(echo.send(data = "first").ok)
        """).Exited(0);

    [Theory]
    [InlineData("::1", "udp_ready(hex = \"1234\", expect_hex = \"1234 8180\")")]
    [InlineData("::1", "ready()")]
    [InlineData("::", "udp_ready(hex = \"1234\")")]
    public void A_service_on_version_6_alone_is_reached_and_met_by_rules(string address, string check)
    {
        var run = _space.Test($$"""
            dns = service("dns", "/usr/bin/python3", interface("main", "udp", {{_port}}),
                args = ["{{Remotes.WebHost.Script("resolver.py")}}", "{{address}}", "{{_port}}", "0", "8180", "0"], healthcheck = {{check}})

            def test_dns():
                def body():
                    r = dns.main.send(hex = "abcd", timeout_ms = 200)
                    assert_eq((r.ok, r.error), (False, "no reply within 200 ms"))
                    assert_eq(dns.main.send(hex = "abce").data["raw"], "abce8180")
                fault(dns.main, drop(first = 1), run = body)
                assert_eq(dns.main.send(hex = "abcf").data["raw"], "abcf8180")
            """).Exited(0);

        Assert.Equal("drop", Assert.Single(run.Events("proxy")).Field("action"));
    }

    [Fact]
    public void A_port_that_is_never_bound_is_the_reason()
    {
        var run = _space.Test($$"""
            echo = service("echo", "/bin/sleep", interface("main", "udp", {{_port}}), args = ["60"], healthcheck = ready(timeout = "300ms"))

            def test_echo():
                pass
            """).Exited(2);

        Assert.Contains($"udp not ready after 300ms: nothing is bound to port {_port}", run.OnlyRow.Text("reason"), StringComparison.Ordinal);
    }

    /// <summary>Every fiftieth datagram asks for an answer, so that no buffer overflows.</summary>
    [Fact]
    public void Item_17_the_seed_decides_which_datagrams_are_lost()
    {
        var spec = $$"""
            echo = service("echo", "/usr/bin/python3", interface("main", "udp", {{_port}}), args = ["{{Remotes.WebHost.Script("journal.py")}}", "{{_port}}"],
                healthcheck = wait_until(lambda: step(echo.main, "send", data = "seen", timeout_ms = 200).ok))

            def seen():
                return echo.main.send(data = "seen").data["raw"]
            def body():
                for i in range(1000):
                    assert_true(echo.main.send_no_reply(data = "n%d" % i).ok)
                    if i % 50 == 49:
                        seen()
                before, now = "", seen()
                for i in range(50):
                    if before != now:
                        before, now = now, seen()
                return now
            def test_loss():
                return fault(echo.main, drop(method = "n", probability = "30%"), run = body)
            """;
        (string Arrived, int Lost) Run()
        {
            var run = _space.Test(spec).Exited(0);
            return (run.OnlyRow.Text("return_value"), int.Parse(Assert.Single(run.Events("proxy_rule_stats")).Field("fired")!, System.Globalization.CultureInfo.InvariantCulture));
        }

        var first = Run();

        Assert.InRange(first.Lost, 250, 350);
        Assert.Equal(1000 - first.Lost, BitsOf(first.Arrived));
        Assert.Equal(first, Run());
    }

    /// <summary>Bits of a number whose hexadecimal digits came as the hexadecimal form of their characters.</summary>
    private static int BitsOf(string raw) => Convert.FromHexString(raw.Trim('"')).Sum(c => int.PopCount(Convert.ToInt32(((char)c).ToString(), 16)));
}
