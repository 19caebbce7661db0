namespace Faultbox.Cli.Tests.Acceptance;

/// <summary>Calls of a real program whose results no seed determines.</summary>
[Trait("Category", "Slow")]
public sealed class DeterminismTests : IDisposable
{
    private const string Everything = """
        def test_io():
            def body():
                assert_eq(send("clock"), "OK")
                assert_eq(send("random"), "OK")
                assert_eq(send("random"), "OK")
                send("udp4 53")
                send("dial4 9")
                send("dial4 9")
                assert_eq(send("dial4 PORT"), "OK")
            fault(c, write = allow(), run = body)
        """;

    private readonly CallerService _caller = new();

    public void Dispose() => _caller.Dispose();

    [Fact]
    public void Each_category_is_reported_once_and_declared_ports_are_silent()
    {
        var run = Run("""determinism(allow = ["clock", "rand", "dns", "network-unmediated"])""").Exited(0);

        Assert.Equal(
            ["clock clock_gettime ", "dns connect 127.0.0.1:53", "network-unmediated connect 127.0.0.1:9", "rand getrandom "],
            run.Events("unmediated_io").Select(e => $"{e.Field("category")} {e.Field("syscall")} {e.Field("detail")}").Order(StringComparer.Ordinal));
        Assert.All(run.Events("unmediated_io"), e => Assert.True(int.Parse(e.Field("pid")!, System.Globalization.CultureInfo.InvariantCulture) > 1));
    }

    [Theory]
    [InlineData("/dev/urandom", "allow()")]
    [InlineData("/dev/random", "deny(\"EACCES\", path = \"/dev/*\")")]
    public void A_random_device_is_a_source_when_opens_are_intercepted_whether_allowed_or_denied(string device, string rule)
    {
        var run = _caller.Run($"""
            determinism(allow = ["clock", "rand", "network-unmediated"])
            def test_device():
                fault(c, openat = {rule}, run = lambda: [send("use {device}") for _ in range(2)])
                assert_true(True)
            """).Exited(0);

        Assert.Equal(["rand openat"], run.Events("unmediated_io").Select(e => $"{e.Field("category")} {e.Field("syscall")}").Where(t => t.StartsWith("rand", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_connection_to_a_proxy_is_silent()
    {
        var upstream = Workspace.NewPort();

        var run = _caller.Space.Test($$"""
            determinism()
            d = service("d", "./caller", interface("main", "tcp", {{upstream}}), args = ["{{upstream}}"], env = {"DATA": "{{_caller.Space.File("d.wal")}}"},
                healthcheck = tcp("localhost:{{upstream}}"))
            """ + "\n" + _caller.Declaration(""", nondeterministic_ok = ["clock", "rand"], depends_on = [d]""") + $$"""
            def test_proxy():
                def body():
                    assert_true(d.main.proxy_port != "{{upstream}}")
                    assert_eq(send("dial4 " + str(d.main.proxy_port)), "OK")
                    assert_eq(send("dial4 {{upstream}}"), "OK")
                fault(d.main, drop(), run = lambda: fault(c, connect = allow(), run = body))
            """).Exited(0);

        Assert.DoesNotContain(run.Events("unmediated_io"), e => e.Field("syscall") == "connect");
        Assert.Equal(2, run.Events("syscall").Count(e => e.Text("service") == "c" && e.Field("dest") is not null));
    }

    [Theory]
    [InlineData("clock", "clock_gettime")]
    [InlineData("rand", "getrandom")]
    [InlineData("dns", "connect to 127.0.0.1:53")]
    [InlineData("network-unmediated", "connect to 127.0.0.1:9")]
    public void One_that_is_not_tolerated_fails_the_test_and_says_where_to_tolerate_it(string category, string call)
    {
        string[] others = [.. new[] { "clock", "rand", "dns", "network-unmediated" }.Where(c => c != category)];
        var run = Run($"""determinism(allow = ["{string.Join("\", \"", others)}"])""").Exited(2);

        Assert.Equal(("strict_determinism_violation", "determinism"), (run.OnlyRow.Text("outcome"), run.OnlyRow.Text("failure_type")));
        Assert.True(run.OnlyRow.GetProperty("strict_determinism_violation").GetBoolean());
        var reason = run.OnlyRow.Text("reason");
        Assert.Contains($"\"c\" used an unmediated source of nondeterminism, {category}: {call}", reason, StringComparison.Ordinal);
        Assert.Contains($"nondeterministic_ok = [\"{category}\"]", reason, StringComparison.Ordinal);
        Assert.Contains($"allow = [\"{category}\"]", reason, StringComparison.Ordinal);
        Assert.Single(run.Events("unmediated_io"), e => e.Field("category") == category);
    }

    [Fact]
    public void A_service_the_specification_and_the_command_line_can_each_tolerate()
    {
        Run("determinism()", """, nondeterministic_ok = ["clock", "rand", "dns", "network-unmediated"]""").Exited(0);
        Run("determinism(strict = False)").Exited(0);
        Run("determinism()", "", "--no-strict-determinism").Exited(0);
        Run("determinism()", "", "--strict-determinism=false").Exited(0);
        Run("determinism(strict = False)", "", "--strict-determinism").Exited(2);
        Assert.Contains(
            "unknown value for --strict-determinism: \"maybe\" (use true|false)", Run("", "", "--strict-determinism=maybe").Exited(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_call_of_determinism_nothing_more_is_intercepted_and_no_test_fails()
    {
        var run = Run("").Exited(0);

        Assert.Empty(run.Events("unmediated_io"));
        Assert.DoesNotContain(run.Events("syscall"), e => e.Field("syscall") is "getrandom" or "connect");
        Assert.Empty(Run("""determinism(level = "L0")""").Exited(0).Events("unmediated_io"));
    }

    [Theory]
    [InlineData("""determinism(level = "L3")""", "level \"L3\" is reserved; L0 and L1")]
    [InlineData("""determinism(level = "x")""", "unknown level \"x\"")]
    [InlineData("""determinism(runtime = "x")""", "unknown runtime \"x\"")]
    [InlineData("""determinism(runtime = "gvisor")""", "packet gateway")]
    [InlineData("""determinism(level = "L0", strict = True)""", "strict= has no effect at level L0")]
    [InlineData("determinism(strict = 1)", "strict must be bool, got int")]
    [InlineData("""determinism(allow = "clock")""", "allow must be list, got string")]
    [InlineData("determinism(allow = [1])", "allow items must be strings, got int")]
    [InlineData("""determinism(allow = ["x"])""", "known: clock, rand, dns, network-unmediated, fs-unmediated")]
    [InlineData("determinism()\ndeterminism()", "may be called once; it was called at spec.star:")]
    [InlineData("""determinism("L1")""", "determinism()")]
    public void What_cannot_be_asked_for_is_refused(string call, string message) =>
        Assert.Contains(message, Run(call).Exited(1).Error, StringComparison.Ordinal);

    private Execution Run(string first, string more = "", params string[] arguments) => _caller.Space.Test(
        _caller.Declaration(more) + first + "\n" + Everything.Replace("PORT", $"{_caller.Port}", StringComparison.Ordinal), arguments);
}
