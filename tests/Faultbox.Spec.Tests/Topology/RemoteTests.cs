using Faultbox.Core.Topology;

namespace Faultbox.Spec.Tests.Topology;

/// <summary>Declarations with <c>remote=</c>.</summary>
public sealed class RemoteTests
{
    private const string Web = "interface(\"web\", \"http\", 80)";

    [Theory]
    [InlineData("\"shop.example\"", "shop.example:80")]
    [InlineData("\"shop.example:8080\"", "shop.example:8080")]
    [InlineData("\"[fd00::1]:8443\"", "[fd00::1]:8443")]
    [InlineData("\"[fd00::1]\"", "[fd00::1]:80")]
    [InlineData("remotes({\"web\": \"a.example\"})", "a.example:80")]
    [InlineData("remotes({\"web\": \"a.example:9\"})", "a.example:9")]
    public void An_endpoint_is_a_host_with_the_interfaces_port_or_its_own(string remote, string upstream)
    {
        var service = Assert.Single(SpecDirectory.Model($"service(\"pay\", {Web}, remote = {remote}, healthcheck = ready())").Services);

        Assert.Equal(ServiceKind.Remote, service.Kind);
        Assert.Equal(upstream, service.Remote!.Upstreams["web"].ToString());
    }

    [Theory]
    [InlineData("service(\"pay\", \"x\", " + Web + ", remote = \"h\", healthcheck = ready())", "only one of binary, image=, build= and remote=, got 2")]
    [InlineData("service(\"pay\", " + Web + ", image = \"i\", build = \"b\", remote = \"h\", healthcheck = ready())", "only one of binary, image=, build= and remote=, got 3")]
    [InlineData("service(\"pay\", " + Web + ")", "requires one of: binary (second positional argument or binary=), image=, build=, or remote=")]
    [InlineData("service(\"pay\", " + Web + ", remote = \"h\")", "service(\"pay\"): a remote service needs healthcheck=")]
    [InlineData("service(\"pay\", remote = \"h\", healthcheck = tcp(\"h:1\"))", "service(\"pay\"): a remote service needs at least one interface()")]
    [InlineData("service(\"pay\", " + Web + ", remote = \"\", healthcheck = ready())", "remote= must be a non-empty host or host:port")]
    [InlineData("service(\"pay\", " + Web + ", remote = 7, healthcheck = ready())", "remote= must be a string \"host\" or \"host:port\", or remotes({...}), got int")]
    [InlineData("service(\"pay\", " + Web + ", remote = \"h:x\", healthcheck = ready())", "remote= must be host or host:port, an IPv6 address in brackets, got \"h:x\"")]
    [InlineData("service(\"pay\", " + Web + ", remote = \"fd00::1\", healthcheck = ready())", "an IPv6 address in brackets, got \"fd00::1\"")]
    [InlineData("service(\"pay\", " + Web + ", remote = \"h:70000\", healthcheck = ready())", "got \"h:70000\"")]
    [InlineData("service(\"pay\", " + Web + ", remote = remotes({\"wob\": \"h\"}), healthcheck = ready())", "remotes() names \"wob\", which is not declared as an interface; declared: \"web\"")]
    [InlineData("service(\"pay\", " + Web + ", interface(\"b\", \"tcp\", 1), remote = remotes({\"web\": \"h\"}), healthcheck = tcp(\"h:1\"))", "remotes() has no entry for interface \"b\"")]
    [InlineData("remotes()", "remotes(): takes one dict")]
    [InlineData("remotes({\"a\": \"h\"}, {})", "remotes(): takes one dict")]
    [InlineData("remotes(a = \"h\")", "remotes(): unknown keyword argument \"a\"")]
    [InlineData("remotes([])", "remotes(): takes one dict of interface names to hosts, got list")]
    [InlineData("remotes({})", "remotes(): needs at least one entry")]
    [InlineData("remotes({\"\": \"h\"})", "remotes(): a key must be the name of an interface, a string that is not empty, got \"\"")]
    [InlineData("remotes({1: \"h\"})", "remotes(): a key must be the name of an interface, a string that is not empty, got 1")]
    [InlineData("remotes({\"a\": \"\"})", "remotes(): [\"a\"] must be \"host\" or \"host:port\", a string that is not empty, got \"\"")]
    [InlineData("remotes({\"a\": 1})", "remotes(): [\"a\"] must be \"host\" or \"host:port\", a string that is not empty, got 1")]
    [InlineData("interface(\"a\", \"http\", 1, host_header = \"mine\")", "host_header must be \"upstream\" or \"client\", got \"mine\"")]
    [InlineData("http(\"http://a\", ca = \"x\")", "ca= needs an https URL")]
    public void Item_28_Mistakes_are_load_errors(string spec, string message) =>
        Assert.Contains(message, SpecDirectory.Error(spec).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("seed = None")]
    [InlineData("reset = None")]
    [InlineData("reuse = False")]
    [InlineData("volumes = {}")]
    [InlineData("ports = {}")]
    [InlineData("args = []")]
    [InlineData("seccomp = True")]
    [InlineData("observe = []")]
    public void Item_28_What_only_a_started_service_can_have_is_refused_whatever_its_value(string keyword)
    {
        var message = SpecDirectory.Error($"service(\"pay\", {Web}, remote = \"h\", healthcheck = ready(), {keyword})").Message;

        Assert.All(
            ["service(\"pay\")", keyword[..keyword.IndexOf(' ', StringComparison.Ordinal)] + "=", "not supported", "remote", "stand-in"],
            part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    [Fact]
    public void Item_28_Operations_of_a_remote_service_are_refused() => Assert.Contains(
        "ops= is not supported on a remote service: syscall-level",
        SpecDirectory.Error($"service(\"pay\", {Web}, remote = \"h\", healthcheck = ready(), ops = {{}})").Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("pay")]
    [InlineData("pay.web")]
    public void Item_28_Assumptions_about_its_system_calls_are_refused_while_they_load(string target)
    {
        var message = SpecDirectory.Error($$"""
            pay = service("pay", {{Web}}, remote = "h", healthcheck = ready())
            fault_assumption("full", target = {{target}}, write = deny("ENOSPC"), fsync = deny("EIO"))
            """).Message;

        Assert.All(
            ["fault_assumption(\"full\")", "\"pay\" is remote", "syscall-level faults", "(fsync=, write=)", "does not own the one on h.", "rules="],
            part => Assert.Contains(part, message, StringComparison.Ordinal));
    }
}
