using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Faultbox.Cli.Tests.Remotes;

namespace Faultbox.Cli.Tests.Acceptance;

/// <summary>Scenarios under faults and matrices of them: tests, order, verdicts, and what a run shows of them.</summary>
[Trait("Category", "Slow")]
public sealed class MatrixTests : IDisposable
{
    private const string Axes = """
        def get_a():
            return box.api.get(path = "/a")
        def get_b():
            return box.api.get(path = "/b")
        a_down = fault_assumption("a_down", target = box.api, rules = [error(path = "/a", status = 503)])
        b_down = fault_assumption("b_down", target = box.api, rules = [error(path = "/b", status = 503)])

        """;

    private readonly Workspace _space = new();
    private readonly int _port = Workspace.NewPort();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void A_matrix_runs_every_pair_and_a_status_of_503_is_no_success()
    {
        var run = Test("fault_matrix(scenarios = [get_a, get_b], faults = [a_down, b_down], default_expect = expect_success())").Exited(2);

        Assert.Equal(
            [
                "test_matrix_get_a_a_down expectation_violated", "test_matrix_get_a_b_down passed",
                "test_matrix_get_b_a_down passed", "test_matrix_get_b_b_down expectation_violated",
            ],
            run.Json.GetProperty("tests").EnumerateArray().Select(t => $"{t.Text("name")} {t.Text("outcome")}"));
        var row = run.Row("test_matrix_get_a_a_down");
        Assert.Equal(("fail", "assertion", "expect_success"), (row.Text("result"), row.Text("failure_type"), row.Text("expectation")));
        Assert.StartsWith("expect_success(): status_code=503 at spec.star:", row.Text("reason"), StringComparison.Ordinal);
        Assert.True(row.GetProperty("expectation_violated").GetBoolean());
        Assert.Equal("a_down", row.GetProperty("fault_assumptions").EnumerateArray().Single().GetString());
        Assert.Equal(("get_a", "a_down"), (row.GetProperty("matrix").Text("scenario"), row.GetProperty("matrix").Text("fault")));
        var matrix = run.Json.GetProperty("matrix");
        Assert.Equal((4, 2, 2), (Number(matrix, "total"), Number(matrix, "passed"), Number(matrix, "failed")));
        Assert.Matches(
            @"\n\nFault Matrix: 2 scenarios × 2 faults = 4 cells\n\n"
            + @"      │ a_down +│ b_down *\n──────┼─+┼─+\n"
            + @"get_a │ VIOLATED +│ PASS \(\d+ms\)\nget_b │ PASS \(\d+ms\) +│ VIOLATED\n\n"
            + @"Result: 2/4 passed, 2 violated\nFailures:\n"
            + @"  get_a × a_down: expect_success\(\): status_code=503 at spec\.star:\d+:\d+\n    replay: faultbox test spec\.star --test matrix_get_a_a_down --seed 7\n"
            + @"  get_b × b_down: expect_success\(\): status_code=503 at spec\.star:\d+:\d+\n    replay: .*\n\n2 passed, 2 failed\n",
            run.Error);
        Assert.DoesNotContain("--- FAIL", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Overrides_judge_their_pairs_and_excluded_pairs_are_shown_and_not_run()
    {
        var run = Test("""
            fault_matrix(scenarios = [get_a, get_b], faults = [a_down, b_down], default_expect = expect_success(),
                overrides = {(get_a, a_down): expect_error_within(ms = 60000), (get_b, b_down): lambda r: assert_eq(r.status, 503)},
                exclude = [(get_a, b_down)])
            """).Exited(0);

        var matrix = run.Json.GetProperty("matrix");
        Assert.Equal((3, 3, 0), (Number(matrix, "total"), Number(matrix, "passed"), Number(matrix, "failed")));
        Assert.Equal("get_a b_down", string.Join(' ', matrix.GetProperty("excluded")[0].EnumerateArray()));
        Assert.Contains("2 scenarios × 2 faults = 3 cells", run.Error, StringComparison.Ordinal);
        Assert.Matches(@"get_a │ PASS \(\d+ms\) +│ — \(excluded\)\n", run.Error);
    }

    [Fact]
    public void Rules_that_must_fire_and_match_nothing_bypass_their_cells_and_are_named()
    {
        var run = Test("""
            fault_matrix(scenarios = [get_a, get_b], faults = [a_down, b_down], require_faults_fire = True)
            """).Exited(0);

        foreach (var name in new[] { "test_matrix_get_a_b_down", "test_matrix_get_b_a_down" })
        {
            var row = run.Row(name);
            Assert.Equal(("pass", "fault_bypassed"), (row.Text("result"), row.Text("outcome")));
            Assert.True(row.GetProperty("fault_bypassed").GetBoolean());
            var rule = row.GetProperty("bypassed_rules").EnumerateArray().Single();
            Assert.Equal(("box", "api:error", "error", "api"), (rule.Text("service"), rule.Text("syscall"), rule.Text("action"), rule.Text("interface")));
            var idle = row.GetProperty("events").EnumerateArray().Single(e => e.Text("type") == "fault_zero_traffic");
            Assert.Equal("1", idle.Field("seen"));
            Assert.StartsWith("1 message in the window", idle.Field("hint"), StringComparison.Ordinal);
        }

        Assert.Equal("passed", run.Row("test_matrix_get_a_a_down").Text("outcome"));
        Assert.Equal(2, Number(run.Json.GetProperty("matrix"), "fault_bypassed"));
        Assert.Contains("Result: 2/4 passed, 2 bypassed\nBypassed:\n  get_a × b_down: matched nothing: box.api:error\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("Zero-traffic faults (2): rule installed, matched no messages", run.Error, StringComparison.Ordinal);
        Assert.Contains("4 passed, 0 failed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_family_is_one_rule_and_bypassed_only_when_none_of_its_calls_is_made()
    {
        using var caller = new CallerService();
        var run = caller.Run("""
            def write_only():
                return send("write")
            w = fault_assumption("w", target = c, write = deny("EIO"))
            s = fault_assumption("s", target = c, fsync = deny("EIO"))
            fault_matrix(scenarios = [write_only], faults = [w, s], require_faults_fire = True)
            """).Exited(0);

        Assert.Equal(("passed", "\"EIO\""), (run.Row("test_matrix_write_only_w").Text("outcome"), run.Row("test_matrix_write_only_w").Text("return_value")));
        var idle = run.Row("test_matrix_write_only_s");
        Assert.Equal("fault_bypassed", idle.Text("outcome"));
        Assert.Equal("fsync", idle.GetProperty("bypassed_rules").EnumerateArray().Single().Text("syscall"));
        Assert.Equal("fsync", idle.GetProperty("events").EnumerateArray().Single(e => e.Text("type") == "fault_zero_traffic").Field("syscall"));
        Assert.Contains("Zero-traffic faults (1): rule installed, matched no syscalls\n  test_matrix_write_only_s — c.fsync (deny)\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_of_a_service_without_a_filter_bypass_the_cell()
    {
        using var caller = new CallerService();
        var run = caller.Run("""
            w = fault_assumption("w", target = c, write = deny("EIO"))
            fault_matrix(scenarios = [lambda: send("write")], faults = [w], require_faults_fire = True)
            """, ", seccomp = False").Exited(0);

        Assert.Equal("fault_bypassed", run.OnlyRow.Text("outcome"));
        Assert.Equal("write", run.OnlyRow.GetProperty("bypassed_rules").EnumerateArray().Single().Text("syscall"));
    }

    [Fact]
    public void Assumptions_on_one_service_are_in_force_together_and_only_what_declares_them_is_intercepted()
    {
        using var caller = new CallerService();
        var run = caller.Run("""
            disk = [fault_assumption(name, target = c, **{name: deny("EIO")}) for name in ["write", "fsync"]]
            fault_scenario("both", scenario = lambda: [send("write"), send("fsync"), send("unlink /none")], faults = disk,
                expect = lambda r: assert_eq(r, ["EIO", "EIO", "ENOENT"]))
            """).Exited(0);

        Assert.Equal(["fsync 1", "write 1"], run.OnlyRow.GetProperty("faults").EnumerateArray().Select(f => $"{f.Text("syscall")} {Number(f, "hits")}").Order());
        Assert.DoesNotContain("relaunched", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_repeated_outranks_what_was_expected()
    {
        using var caller = new CallerService();
        var run = caller.Run("""
            determinism(allow = ["clock"])
            w = fault_assumption("w", target = c, write = deny("EIO"))
            fault_scenario("random", scenario = lambda: send("random"), faults = w, expect = expect_hang())
            """).Exited(2);

        Assert.Equal(("strict_determinism_violation", "determinism"), (run.OnlyRow.Text("outcome"), run.OnlyRow.Text("failure_type")));
        var reasons = run.OnlyRow.GetProperty("reasons").EnumerateArray().Select(r => r.GetString()!).ToList();
        Assert.StartsWith("strict determinism: service \"c\"", reasons[0], StringComparison.Ordinal);
        Assert.StartsWith("expect_hang(): expected no return", reasons[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_hang_is_seen_by_its_deadline()
    {
        var run = _space.Test("""
            fault_scenario("hang", scenario = lambda: sleep("10m"), faults = [], expect = expect_hang(), timeout = "300ms")
            fault_scenario("late", scenario = lambda: sleep("10m"), faults = [], expect = expect_success(), timeout = "300ms")
            fault_scenario("none", scenario = lambda: sleep("10m"), faults = [], timeout = "300ms")
            """).Exited(2);

        Assert.Equal("passed", run.Row("test_hang").Text("outcome"));
        Assert.Equal("expectation_violated", run.Row("test_late").Text("outcome"));
        var none = run.Row("test_none");
        Assert.Equal(("failed", "timeout"), (none.Text("outcome"), none.Text("failure_type")));
        Assert.StartsWith("scenario did not return within 300ms at spec.star:3:1", none.Text("reason"), StringComparison.Ordinal);
        Assert.Contains("--- FAIL: test_late", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Fault Matrix", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaves_of_a_cell_are_counted_in_its_place_of_the_grid()
    {
        using var caller = new CallerService();
        var run = caller.Run("""
            flaky = fault_assumption("flaky", target = c, write = deny("EIO", probability = 0.5, max_fires = 2, label = "wal"))
            def writes():
                return [send("write"), send("writev")]
            fault_matrix(scenarios = [writes], faults = [flaky], default_expect = lambda r: assert_true(r != ["EIO", "EIO"], "both failed"))
            """).Exited(2);

        Assert.Equal(4, run.Json.GetProperty("tests").GetArrayLength());
        var cell = run.Json.GetProperty("matrix").GetProperty("cells").EnumerateArray().Single();
        Assert.Equal(("expectation_violated", 3, 4), (cell.Text("outcome"), Number(cell, "leaf_id"), Number(cell, "leaves")));
        Assert.Contains("writes │ VIOLATED 1/4\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("  writes × flaky [leaf 3 - wal[11]]: both failed at spec.star:", run.Error, StringComparison.Ordinal);
        Assert.Contains("    replay: faultbox test spec.star --test matrix_writes_flaky --seed 7 --leaf ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_selects_a_row_and_only_that_is_shown()
    {
        _space.Write("spec.star", Declaration + Axes + "fault_matrix(scenarios = [get_a, get_b], faults = [a_down, b_down])\ndef test_plain():\n    pass\n");

        Assert.Contains("Tests: 5\n", _space.Run("test", "spec.star", "--dry-run").Output, StringComparison.Ordinal);
        var listed = _space.Run("test", "spec.star", "--dry-run", "--test", "matrix_get_a").Exited(0).Output;
        Assert.Contains("Tests: 2\n  - test_matrix_get_a_a_down\n  - test_matrix_get_a_b_down\nFault matrix cells: 2\n", listed, StringComparison.Ordinal);
        _space.Run("test", "spec.star", "--dry-run", "--test", "matrix_get").Exited(1);
        Assert.Contains("5 test(s)", _space.Run("check", "spec.star").Exited(0).Output, StringComparison.Ordinal);
        Assert.Contains(
            "--- PASS: test_matrix_get_b_b_down",
            _space.Run("test", "spec.star", "--no-bundle", "--test", "matrix_get_b_b_down", "--debug").Exited(0).Error,
            StringComparison.Ordinal);
        var run = _space.Run("test", "spec.star", "--no-bundle", "--test", "matrix_get_b_b_down").Exited(0);
        Assert.Matches(@"1 scenario × 1 fault = 1 cell\n\n      │ b_down\n──────┼─+\nget_b │ PASS", run.Error);
    }

    [Fact]
    public void A_bundle_keeps_the_cells_and_replays_one()
    {
        _space.Write("spec.star", Declaration + Axes + """
            fault_matrix(scenarios = [get_a, get_b], faults = [a_down, b_down], require_faults_fire = True, overrides = {(get_a, a_down): expect_success()})
            """);
        var run = _space.Run("test", "spec.star", "--bundle", "run.fb", "--seed", "7").Exited(2);

        var manifest = JsonDocument.Parse(_space.Run("inspect", "run.fb", "manifest.json").Exited(0).Output).RootElement;
        Assert.Equal(
            """{"total":4,"passed":3,"failed":1,"errored":0,"expectation_violated":1,"fault_bypassed":2}""",
            JsonSerializer.Serialize(manifest.GetProperty("summary")));
        Assert.Equal("""{"scenario":"get_a","fault":"a_down"}""", JsonSerializer.Serialize(manifest.GetProperty("tests")[0].GetProperty("matrix")));
        Assert.Contains("fault bypassed", _space.Run("inspect", "run.fb").Output, StringComparison.Ordinal);
        Assert.Contains("Replay: faultbox replay run.fb --test test_matrix_get_a_a_down\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("0 passed, 1 failed", _space.Run("replay", "run.fb", "--test", "test_matrix_get_a_a_down").Exited(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replay_runs_the_tests_that_the_run_had_selected()
    {
        _space.Write("spec.star", Declaration + Axes + """
            fault_matrix(scenarios = [get_a, get_b], faults = [a_down, b_down])
            """);
        _space.Run("test", "spec.star", "--bundle", "run.fb", "--seed", "7", "--test", "matrix_get_b").Exited(0);

        var replay = _space.Run("replay", "run.fb", "--bundle", "again.fb").Exited(0).Error;
        Assert.Contains("running spec.star, tests \"matrix_get_b\", with seed 7", replay, StringComparison.Ordinal);
        Assert.Contains("2 passed, 0 failed", replay, StringComparison.Ordinal);
        Assert.Contains("2 passed, 0 failed", _space.Run("replay", "again.fb").Exited(0).Error, StringComparison.Ordinal);
        Assert.Contains("1 passed, 0 failed", _space.Run("replay", "run.fb", "--test", "matrix_get_a_b_down").Exited(0).Error, StringComparison.Ordinal);
        Assert.Contains("--test matrix_get_b --seed 7", _space.Run("replay", "run.fb", "--extract-only", "out").Exited(0).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_of_the_documentation_does_what_its_page_shows()
    {
        var page = File.ReadAllText(Path.GetFullPath("../../../docs/scenarios-and-matrices.md", Path.GetDirectoryName(Here())!));
        var blocks = page.Split("```");
        var run = _space.Test(blocks[1]["python".Length..].Replace("8081", $"{_port}", StringComparison.Ordinal)).Exited(0);

        var shown = blocks[3][blocks[3].IndexOf("Fault Matrix", StringComparison.Ordinal)..blocks[3].LastIndexOf('…')];
        Assert.Contains(Timeless(shown), Timeless(run.Error), StringComparison.Ordinal);
        Assert.Contains("5 passed, 0 failed\n", run.Error, StringComparison.Ordinal);

        // How long a cell takes differs from run to run, and with it how wide the columns are.
        static string Timeless(string text) => Regex.Replace(Regex.Replace(text, @"\(\d+ms\)", "(ms)"), " +|─+", m => m.Value[..1]);
    }

    private static string Here([CallerFilePath] string path = "") => path;

    private static int Number(JsonElement element, string member) => element.GetProperty(member).GetInt32();

    private string Declaration => $"""
        box = service("box", "/usr/bin/env", interface("api", "http", {_port}), args = ["python3", "{WebHost.Script("webhost.py")}", "127.0.0.1", "{_port}"],
            healthcheck = ready())

        """;

    private Execution Test(string matrix) => _space.Test(Declaration + Axes + matrix);
}
