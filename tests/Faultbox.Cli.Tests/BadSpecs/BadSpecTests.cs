using System.Net;
using System.Net.Sockets;

namespace Faultbox.Cli.Tests.BadSpecs;

/// <summary>What a user gets for each kind of mistake: a message with position and next step, the right exit code, and no process left.</summary>
public sealed class BadSpecTests : IDisposable
{
    private readonly CallerService _caller = new();

    private Workspace Space => _caller.Space;

    public void Dispose()
    {
        Assert.Empty(Space.Processes());
        _caller.Dispose();
    }

    [Fact]
    public void All_syntax_errors_are_reported_with_their_positions()
    {
        var run = Space.Test("x = = 1\ndef f(:\n    pass\ny = f\"{1}\"\ndef test_x(): pass\n").Exited(1);

        Assert.Contains("[SPEC_SYNTAX]", run.Error, StringComparison.Ordinal);
        Assert.Contains("spec.star:1:5", run.Error, StringComparison.Ordinal);
        Assert.Contains("spec.star:2:7", run.Error, StringComparison.Ordinal);
        Assert.Contains("spec.star:4:5: f-strings are not supported", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_gets_the_nearest_one()
    {
        var run = Space.Test("def test_x():\n    asert_eq(1, 1)\n").Exited(1);

        Assert.Contains("spec.star:2:5: undefined: asert_eq (did you mean assert_eq?)", run.Error, StringComparison.Ordinal);
    }

    /// <summary>What loading has found is told by every run, not only by <c>check</c>.</summary>
    [Fact]
    public void A_doubtful_declaration_is_a_warning_of_the_run()
    {
        const string Spec = "never = drop(probability = 0)\ns = service(\"s\", \"/bin/sleep\", interface(\"main\", \"redus\", 1), args = [\"60\"])\ndef test_x(): pass\n";
        var run = Space.Test(Spec).Exited(0);

        var found = run.Json.GetProperty("diagnostics").EnumerateArray().Select(d => d.Text("code")).ToList();
        Assert.Single(found, "PROBABILITY_ZERO");
        Assert.Single(found, "UNKNOWN_PROTOCOL");
        Assert.Single(found, "NO_HEALTHCHECK");
        Assert.Contains("[UNKNOWN_PROTOCOL]", Space.Run("test", "spec.star", "--no-bundle").Exited(0).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_program_is_named_with_the_systems_words()
    {
        var run = Space.Test("s = service(\"s\", \"./nothing\")\ndef test_x(): pass\n").Exited(2);

        Assert.Contains("failed to start services: ", run.OnlyRow.Text("reason"), StringComparison.Ordinal);
        Assert.Contains("nothing: no such file or directory", run.OnlyRow.Text("reason"), StringComparison.Ordinal);
        Assert.Contains("LAUNCH_FAILED", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void A_taken_port_names_its_owner()
    {
        using var taken = new TcpListener(IPAddress.Loopback, _caller.Port);
        taken.Start();

        var run = _caller.Run("def test_x(): pass\n").Exited(2);

        Assert.Contains($"port {_caller.Port} for service \"c\" is in use by", run.OnlyRow.Text("reason"), StringComparison.Ordinal);
        Assert.Contains($"(pid {Environment.ProcessId})", run.OnlyRow.Text("reason"), StringComparison.Ordinal);
        Assert.Contains("PORT_IN_USE", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_that_never_answers_is_reported_with_the_last_cause_and_its_output()
    {
        var run = Space.Test($"""
            s = service("s", "/bin/sh", interface("main", "tcp", {_caller.Port}), args = ["-c", "echo not today >&2; exec sleep 60"],
                healthcheck = tcp("localhost:{_caller.Port}", timeout = "300ms"))
            def test_x(): pass
            """).Exited(2);

        Assert.Contains("service \"s\" not ready: TCP healthcheck", run.OnlyRow.Text("reason"), StringComparison.Ordinal);
        Assert.Contains("timed out after 300ms", run.OnlyRow.Text("reason"), StringComparison.Ordinal);
        Assert.Contains("connection refused", run.OnlyRow.Text("reason"), StringComparison.Ordinal);
        Assert.Contains("not today", run.OnlyRow.Text("detail"), StringComparison.Ordinal);
        Assert.Contains("HEALTHCHECK_TIMEOUT", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_assertion_says_where_and_shows_both_sides()
    {
        var run = _caller.Run("def check(a):\n    assert_eq(a, \"NO\", \"why\")\ndef test_x():\n    check(send(\"write\"))\n").Exited(2);

        var row = run.OnlyRow;
        Assert.Contains("assert_eq failed: ", row.Text("reason"), StringComparison.Ordinal);
        Assert.Contains("(why) at spec.star:6:5", row.Text("reason"), StringComparison.Ordinal);
        Assert.Equal("assertion", row.Text("failure_type"));
        Assert.Equal(["test_x", "check"], row.GetProperty("traceback").EnumerateArray().Select(f => f.Text("name")));
        Assert.Equal("\"NO\"", row.GetProperty("assertion").Text("expected"));
        Assert.Contains("spec.star:8:5: in test_x", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deadline_makes_a_test_inconclusive()
    {
        var run = _caller.Run("def forever():\n    for i in range(10000000000):\n        pass\ntest(\"slow\", body = forever, timeout = \"200ms\")\n").Exited(3);

        Assert.Contains("test timeout: body did not complete within", run.OnlyRow.Text("reason"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_without_a_match_lists_the_tests()
    {
        var run = _caller.Space.Test("def test_alpha(): pass\ndef test_beta(): pass\n", "--test", "zzz").Exited(1);

        Assert.Contains("ERROR: no test matched filter \"zzz\" (available: test_alpha, test_beta)", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("test", "--nosuch")]
    [InlineData("test", "--show=maybe")]
    [InlineData("test", "--runs=x")]
    [InlineData("nosuch")]
    public void A_bad_command_line_is_one_error_line_and_the_usage(params string[] arguments)
    {
        var run = Space.Run(arguments).Exited(1);

        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("usage: faultbox", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }
}
