using System.Diagnostics;
using Faultbox.Cli.Tests.Remotes;

namespace Faultbox.Cli.Tests.Protocols;

/// <summary>The check that asks a service on datagrams a question, in front of a real server.</summary>
[Trait("Category", "Slow")]
public sealed class UdpReadyTests : IDisposable
{
    /// <summary>A question of a name server: its number, one question, and the name <c>a</c>.</summary>
    private const string Question = "1234 0100 0001 0000 0000 0000 01 61 00 0001 0001";

    /// <summary>What a name server answers: no error, one question, no answers.</summary>
    private const string Answer = "8180000100000000";

    private readonly Workspace _space = new();
    private readonly int _port = FreePort.Next();

    public void Dispose() => _space.Dispose();

    /// <summary>Its port is closed at first, then it is silent, then it answers with a failure.</summary>
    [Fact]
    public void A_server_is_ready_once_it_gives_the_expected_answer()
    {
        var run = _space.Test($$"""
            {{Resolver("3", Answer, $"udp_ready(hex = \"{Question}\", expect_hex = \"1234 8180\")")}}

            def test_dns():
                assert_eq(dns.main.send(hex = "{{Question}}").data["raw"], "1234{{Answer}}")
            """).Exited(0);

        Assert.Single(run.Events("service_ready"));
    }

    [Theory]
    [InlineData("udp_ready(hex = \"0a0b\")")]
    [InlineData("udp_ready(data = \"ab\", expect = \"abcd\")")]
    [InlineData("udp_ready(data = b\"ab\", expect_hex = \"61 62 63\", interface = \"main\", timeout = \"20s\")")]
    public void Any_reply_or_the_beginning_of_one_is_enough(string check) =>
        _space.Test($"{Resolver("0", "6364", check)}\n\ndef test_it():\n    pass\n").Exited(0);

    [Theory]
    [InlineData("udp_ready(hex = \"1234 01\", expect_hex = \"1234 8180\", timeout = \"1s\")", "8183", "0", 0, "replied 12348183, expected a reply that begins with 12348180")]
    [InlineData("udp_ready(data = \"PI\", expect = \"PING\", timeout = \"1s\")", "4e4f", "0", 0, "replied 50494e4f (\"PINO\"), expected a reply that begins with 50494e47 (\"PING\")")]
    [InlineData("udp_ready(hex = \"1234\", expect_hex = \"1234 81\", timeout = \"1s\")", "", "0", 0, "replied 1234, expected a reply that begins with 123481")]
    [InlineData("udp_ready(hex = \"1234\", timeout = \"4s\")", "", "0", 1_000_000, "no reply to the question")]
    [InlineData("udp_ready(hex = \"1234\", timeout = \"1500ms\")", "", "0", 1_000_000, "no reply to the question")]
    [InlineData("udp_ready(hex = \"1234\", timeout = \"1s\")", "", "900", 0, "nothing is bound to port")]
    public void A_server_that_does_not_answer_as_expected_is_not_ready_and_the_cause_is_told(
        string check, string answer, string seconds, int losses, string cause)
    {
        var row = _space.Test($"{Resolver(seconds, answer, check, losses)}\n\ndef test_it():\n    pass\n").Exited(2).OnlyRow;

        Assert.Equal("HEALTHCHECK_TIMEOUT", row.GetProperty("diagnostics")[0].Text("code"));
        Assert.Contains($"service \"dns\" not ready: udp not ready at localhost:{_port} after ", row.Text("reason"), StringComparison.Ordinal);
        Assert.Contains($"s: {cause}", row.Text("reason"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_question_that_was_lost_is_asked_again() =>
        _space.Test($"{Resolver("0", Answer, "udp_ready(hex = \"1234\")", losses: 1)}\n\ndef test_it():\n    pass\n").Exited(0);

    [Theory]
    [InlineData("127.0.0.2", "127.0.0.2")]
    [InlineData("::1", "[::1]")]
    public void A_remote_service_is_asked_from_this_host(string address, string remote)
    {
        using var server = Process.Start(new ProcessStartInfo("/usr/bin/python3", [WebHost.Script("resolver.py"), address, $"{_port}", "0.3", Answer, "0"]))!;
        try
        {
            _space.Test($$"""
                dns = service("dns", interface("main", "udp", {{_port}}), remote = "{{remote}}",
                    healthcheck = udp_ready(hex = "1234", expect_hex = "1234 8180"))

                def test_dns():
                    assert_eq(dns.main.send(hex = "abcd").data["raw"], "abcd{{Answer}}")
                """).Exited(0);
        }
        finally
        {
            server.Kill();
            server.WaitForExit();
        }
    }

    [Fact]
    public void A_remote_service_that_gives_another_answer_is_not_reachable()
    {
        using var server = Process.Start(new ProcessStartInfo("/usr/bin/python3", [WebHost.Script("resolver.py"), "127.0.0.2", $"{_port}", "0", "8182", "0"]))!;
        try
        {
            var row = _space.Test($$"""
                dns = service("dns", interface("main", "udp", {{_port}}), remote = "127.0.0.2",
                    healthcheck = udp_ready(hex = "1234", expect_hex = "1234 8180", timeout = "2s"))

                def test_dns():
                    pass
                """).Exited(2).OnlyRow;

            Assert.Equal("REMOTE_UNREACHABLE", row.GetProperty("diagnostics")[0].Text("code"));
            Assert.Contains("replied 12348182, expected a reply that begins with 12348180", row.Text("reason"), StringComparison.Ordinal);
        }
        finally
        {
            server.Kill();
            server.WaitForExit();
        }
    }

    private string Resolver(string seconds, string answer, string check, int losses = 0) => $"""
        dns = service("dns", "/usr/bin/python3", interface("main", "udp", {_port}),
            args = ["{WebHost.Script("resolver.py")}", "127.0.0.1", "{_port}", "{seconds}", "{answer}", "{losses}"],
            healthcheck = {check})
        """;
}
