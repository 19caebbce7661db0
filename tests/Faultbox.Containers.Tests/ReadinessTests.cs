using Faultbox.Cli.Tests;

namespace Faultbox.Containers.Tests;

/// <summary>The engine accepts connections to a published port whether a program waits behind it or not: the container itself is looked into.</summary>
[Trait("Category", "Slow")]
public sealed class ReadinessTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Theory]
    [InlineData("tcp", 7001, "ready(timeout = \"2s\")", "", "tcp not ready after 2s: nothing listens on port 7001 in the container")]
    [InlineData("tcp", 7001, "tcp(\"localhost:7001\", timeout = \"2s\")", "", "(last: nothing listens on port 7001 in the container)")]
    [InlineData("tcp", 7001, "tcp(\"127.0.0.1:@\", timeout = \"2s\")", ", ports = {7001: @}", "(last: nothing listens on port 7001 in the container)")]
    [InlineData("udp", 7001, "udp_ready(data = \"up\", timeout = \"2s\")", "", " after 2s: nothing listens on port 7001 in the container")]
    [InlineData("udp", 7001, "ready(timeout = \"2s\")", "", "udp not ready after 2s: nothing listens on port 7001 in the container")]
    [InlineData(
        "tcp", 7000, "ready(timeout = \"2s\")", ", args = [\"bind\", \"127.0.0.1\"]",
        "port 7000 in the container is bound to 127.0.0.1, which only the container itself reaches; bind it to 0.0.0.0")]
    public void A_port_on_which_the_program_does_not_wait_is_not_ready(string protocol, int port, string check, string more, string reason)
    {
        var spec = Spec(protocol, port, check, more);

        var row = _space.Test(spec).Exited(2).OnlyRow;

        Assert.Equal("HEALTHCHECK_TIMEOUT", row.GetProperty("diagnostics")[0].Text("code"));
        Assert.Contains(reason, row.Text("reason"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp", "ready()", "")]
    [InlineData("tcp", "tcp(\"127.0.0.1:@\")", ", ports = {7000: @}")]
    [InlineData("tcp", "ready()", ", args = [\"bind\", \"::\"]")]
    [InlineData("udp", "ready()", ", args = [\"bind\", \"0.0.0.0\", \"-u\"]")]
    [InlineData("udp", "udp_ready(data = \"up\\n\", expect = \"served:up\")", ", args = [\"bind\", \"0.0.0.0\", \"-u\"]")]
    public void A_port_on_which_it_waits_is_ready(string protocol, string check, string more) => _space.Test(Spec(protocol, 7000, check, more)).Exited(0);

    private string Spec(string protocol, int port, string check, string more)
    {
        ImageContexts.Ncat(_space);
        var published = $"{FreePort.Next()}";
        return $$"""
            c = service("c", interface("main", "{{protocol}}", {{port}}), build = "./ncat",
                healthcheck = {{check.Replace("@", published, StringComparison.Ordinal)}}{{more.Replace("@", published, StringComparison.Ordinal)}})
            def test_c():
                assert_true(True)
            """;
    }
}
