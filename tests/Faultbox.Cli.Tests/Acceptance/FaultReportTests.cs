using System.Text.Json;
using System.Text.RegularExpressions;

namespace Faultbox.Cli.Tests.Acceptance;

/// <summary>What a run shows of system-call faults: on the terminal, in the JSON document and as findings.</summary>
public sealed class FaultReportTests : IDisposable
{
    private readonly CallerService _caller = new();

    public void Dispose() => _caller.Dispose();

    [Fact]
    public void The_terminal_shows_each_faulted_call_each_window_and_the_calls_of_a_failure()
    {
        var run = Terminal("""
            def body():
                send("write")
                send("fsync")
                send("fsync")
                assert_eq(send("unlink /nowhere/x"), "OK")
            def delayed():
                return fault(c, journal = deny("ENOSPC", label = "disk"), unlink = deny("EIO", after = 9), run = body)
            def test_shown():
                trace(c, syscalls = ["fsync"], run = lambda: fault(c, fsync = delay("3ms", first = 1), run = delayed))
            """, ", ops = {\"journal\": op(syscalls = [\"write\"], path = \"/**/*.wal\")}");

        // The number of a line depends on how the program starts.
        var lines = run.Error.Split('\n').SkipWhile(l => !l.StartsWith("  syscall trace (", StringComparison.Ordinal)).ToList();
        Assert.Matches(@"^  syscall trace \(\d+ events\):$", lines[0]);
        Assert.Matches(@"^    #\d+ +c            journal\(write\)   deny\(no space left on device\)  \[disk\]  /.*/data\.wal$", lines[1]);
        Assert.Matches(@"^    #\d+ +c            fsync            delay\(3ms\)  /.*/data\.wal  \(\+3ms\)$", lines[2]);
        Assert.Equal(
            [
                "  trace rule on c: fsync=trace → filter:[fsync,fdatasync] (1 hits)",
                "  fault rule on c: fsync=delay(3ms) → filter:[fsync,fdatasync] (1 hits)",
                "  fault rule on c: journal=deny(ENOSPC) → filter:[write,writev,pwrite64] label=\"disk\", unlink=deny(EIO) → filter:[unlink,unlinkat,rmdir] (1 hits)",
                "  per-service syscall summary:",
            ],
            lines[3..7]);
        Assert.Matches(@"^    c            \d+ total, 2 faulted  \[.*\bfsync:2\b.*\]$", lines[7]);
    }

    [Fact]
    public void Windows_in_which_nothing_fired_are_warned_about_once_and_say_no_hits()
    {
        var run = Terminal("""
            def test_late():
                fault(c, fsync = deny("EIO", nth = 2), run = lambda: assert_eq(send("fsync"), "OK"))
            """);

        Assert.Contains("  fault rule on c: fsync=deny(EIO) → filter:[fsync,fdatasync]\n  WARNING: fault rules were installed but no injections fired\n    - c.fsync matched 1 time and was never due: ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("before the window opened", run.Error, StringComparison.Ordinal);

        // It matched, and its trigger was not due.
        Assert.DoesNotContain("Zero-traffic", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("FAULT_NOT_FIRED", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("per-service syscall summary", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_document_counts_matches_and_hits_of_each_keyword_over_its_windows_and_faulted_calls_of_each_service()
    {
        var run = _caller.Run("""
            def test_counts():
                for i in range(2):
                    fault(c, write = deny("EIO", nth = 2, label = "disk"), run = lambda: [send("write"), send("writev"), send("write")])
                fault(c, fsync = delay("1ms"), unlink = allow(), run = lambda: [send("fsync"), send("unlink /nowhere/x")])
                assert_true(True)
            """).Exited(0);

        var rows = run.OnlyRow.GetProperty("faults").EnumerateArray().ToDictionary(f => f.Text("syscall"));
        Assert.Equal(("c", "deny", "EIO", "disk"), (rows["write"].Text("service"), rows["write"].Text("action"), rows["write"].Text("errno"), rows["write"].Text("label")));
        Assert.Equal((2, 6, 2), (Number(rows["write"], "hits"), Number(rows["write"], "matches"), rows["write"].GetProperty("windows").GetArrayLength()));
        Assert.Equal((1, 1, "1ms"), (Number(rows["fsync"], "hits"), Number(rows["fsync"], "matches"), rows["fsync"].Text("duration")));
        Assert.Equal(1, Number(rows["unlink"], "matches"));

        var summary = run.OnlyRow.GetProperty("syscall_summary").GetProperty("c");
        Assert.Equal(3, Number(summary, "faulted"));
        Assert.Equal(run.Events("syscall").Count, Number(summary, "total"));
        Assert.Equal(Number(summary, "total"), summary.GetProperty("breakdown").EnumerateObject().Sum(b => b.Value.GetInt32()));
    }

    [Theory]
    [InlineData("TIMEOUT_DURING_FAULT", "fault(c, write = deny(\"EIO\"), run = lambda: [send(\"write\"), wait()])", "acted on \"c\" (write)")]
    [InlineData("TIMEOUT_NO_FAULT_FIRED", "fault(c, write = deny(\"EIO\", nth = 9), run = wait)", "none of its faults acted")]
    [InlineData("TIMEOUT_NO_FAULTS", "wait()", "without a fault")]
    public void A_test_that_ran_out_of_time_says_whether_a_fault_was_at_work(string code, string body, string message)
    {
        var run = _caller.Run($$"""
            def wait():
                for i in range(10000000000):
                    pass
            def timed():
                {{body}}
            test("late", timed, timeout = "700ms")
            """);

        var finding = Assert.Single(Findings(run), d => d.Text("code").StartsWith("TIMEOUT_", StringComparison.Ordinal));
        Assert.Equal(code, finding.Text("code"));
        Assert.Contains(message, finding.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_faults_in_a_failed_test_are_told_to_be_isolated_in_the_document_only()
    {
        const string Body = """
            def test_two():
                fault(c, write = deny("EIO"), fsync = deny("EIO"), run = lambda: [send("write"), send("fsync")])
                assert_true(False)
            """;

        var finding = Assert.Single(Findings(_caller.Run(Body).Exited(2)), d => d.Text("code") == "MULTIPLE_FAULTS_INTERACTION");

        Assert.Equal(("info", "2 faults acted: c.write, c.fsync"), (finding.Text("level"), finding.Text("message")));
        Assert.DoesNotContain("MULTIPLE_FAULTS_INTERACTION", Terminal(Body).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_that_a_passing_test_did_not_look_at_is_named()
    {
        var run = _caller.Run("""
            def test_blind():
                fault(c, write = deny("EIO"), run = lambda: send("write"))
            """).Exited(0);

        Assert.Equal(["TEST_NO_ASSERTIONS", "FAULT_FIRED_BUT_SUCCESS"], Findings(run).Select(d => d.Text("code")));
        Assert.Equal(("c", "write"), (Findings(run)[1].Text("service"), Findings(run)[1].Text("syscall")));
    }

    [Fact]
    public void Calls_and_starts_are_logged_while_debugging()
    {
        const string Body = """
            def test_quiet():
                fault(c, write = deny("EIO", nth = 2), run = lambda: [send("write"), send("write"), send("fsync")])
                assert_true(True)
            """;

        var run = Terminal(Body, "", "--log-format", "console", "--debug");

        var pattern = @"test=test_quiet service=c name=write pid=\d+ decision=(allow|deny\(input/output error\)) path=\S*/data\.wal\n";
        Assert.Matches(@"DBG \[start\] service started test=test_quiet service=c .*filter=\S*\bpwrite64\b", run.Error);
        Assert.Equal(
            ["DBG", "INF"],
            Regex.Matches(run.Error, $@"(DBG|INF) \[syscall\] syscall intercepted {pattern}").Select(m => m.Groups[1].Value));
        Assert.True(
            run.Error.LastIndexOf("[syscall]", StringComparison.Ordinal) < run.Error.IndexOf("--- PASS", StringComparison.Ordinal), run.Error);
        Assert.DoesNotContain("[syscall]", Terminal(Body, "", "--log-format", "console").Error, StringComparison.Ordinal);
    }

    private Execution Terminal(string body, string more = "", params string[] arguments)
    {
        _caller.Space.Write("spec.star", _caller.Declaration(more) + body);
        return _caller.Space.Run(["test", "spec.star", "--no-bundle", "--seed", "7", .. arguments]);
    }

    private static IReadOnlyList<JsonElement> Findings(Execution run) =>
        run.OnlyRow.TryGetProperty("diagnostics", out var findings) ? [.. findings.EnumerateArray()] : [];

    private static int Number(JsonElement element, string property) => element.GetProperty(property).GetInt32();
}
