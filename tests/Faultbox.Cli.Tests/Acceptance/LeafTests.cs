using System.Text.Json;

namespace Faultbox.Cli.Tests.Acceptance;

/// <summary>Tests that run several times because something in them has several outcomes.</summary>
[Trait("Category", "Slow")]
public sealed class LeafTests : IDisposable
{
    private const string Mixed = """
        wal = deny("EIO", probability = 0.5, max_fires = 2, label = "wal")
        def test_mixed():
            got = fault(c, write = wal, run = lambda: [send(call) for call in ["write", "writev", "write", "pwrite64"]])
            assert_true(len(got) == 4)
            return got[:2]
        """;

    private readonly CallerService _caller = new();

    public void Dispose() => _caller.Dispose();

    [Fact]
    public void Enumerated_occurrences_of_a_family_are_counted_together_and_every_vector_is_run()
    {
        var rows = Rows(_caller.Run(Mixed).Exited(0));

        Assert.Equal([0, 1, 2, 3], rows.Select(r => r.GetProperty("leaf_id").GetInt32()));
        Assert.Equal(["wal~00", "wal~10", "wal~01", "wal~11"], rows.Select(r => r.Text("leaf_key")));
        Assert.Equal(
            ["[false,false]", "[true,false]", "[false,true]", "[true,true]"],
            rows.Select(r => r.GetProperty("leaf_probability_outcomes").GetProperty("wal").GetRawText().Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings("")));
        Assert.Equal(
            ["""["OK", "OK"]""", """["EIO", "OK"]""", """["OK", "EIO"]""", """["EIO", "EIO"]"""], rows.Select(r => r.Text("return_value")));
    }

    [Fact]
    public void An_assumption_is_one_axis_and_one_is_recorded_where_no_call_can_be_intercepted()
    {
        var filtered = Rows(_caller.Run("""
            w = fault_assumption("w", target = c, write = deny("EIO", probability = 0.5, max_fires = 2))
            def test_assumed():
                assert_true(fault(w, run = lambda: send("write")) in ["OK", "EIO"])
            """).Exited(0));
        var unfiltered = Rows(_caller.Run("""
            def test_unfiltered():
                assert_eq(fault(c, write = deny("EIO", probability = 0.5, max_fires = 1), run = lambda: send("write")), "OK")
            """, ", seccomp = False").Exited(0));

        Assert.Equal(["c:write~00", "c:write~10", "c:write~01", "c:write~11"], filtered.Select(r => r.Text("leaf_key")));
        Assert.Equal(["c:write~0", "c:write~1"], unfiltered.Select(r => r.Text("leaf_key")));
    }

    [Fact]
    public void A_failing_leaf_says_which_it_was_and_its_replay_line_runs_it_alone()
    {
        var run = _caller.Run("""
            def test_both():
                got = fault(c, write = deny("EIO", probability = 0.5, max_fires = 2, label = "wal"), run = lambda: [send("write"), send("writev")])
                assert_true(got != ["EIO", "EIO"], "both writes failed")
            """).Exited(2);
        var failed = Rows(run).Single(r => r.Text("result") == "fail");

        Assert.Equal("wal~11", failed.Text("leaf_key"));
        Assert.Contains("FAIL: test_both [leaf 3 - wal[11]]", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("--leaf 'wal~11'", failed.Text("replay_command"), StringComparison.Ordinal);
        var again = _caller.Space.Run("test", "spec.star", "--no-bundle", "--format", "json", "--test", "both", "--seed", "7", "--leaf", "wal~11").Exited(2);
        Assert.Equal((3, "fail"), (again.OnlyRow.GetProperty("leaf_id").GetInt32(), again.OnlyRow.Text("result")));
    }

    [Fact]
    public void A_leaf_of_a_bundle_is_replayed_by_its_number()
    {
        _caller.Space.Write("spec.star", _caller.Declaration() + Mixed);
        _caller.Space.Run("test", "spec.star", "--bundle", "run.fb").Exited(0);

        var replay = _caller.Space.Run("replay", "run.fb", "--test", "mixed", "--leaf", "2").Exited(0);

        Assert.Contains("PASS: test_mixed [leaf 2 - wal[01]]", replay.Error, StringComparison.Ordinal);
        Assert.Contains("1 passed", replay.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Choices_fan_out_and_an_axis_of_one_branch_is_found_there()
    {
        var run = Choices("""
            def test_d():
                if choose("m", ["u", "v"]) == "v":
                    choose("n", (1, 2, 3))
            """).Exited(0);

        Assert.Equal(["0 m=0", "1 m=1;n=0", "3 m=1;n=1", "5 m=1;n=2"], Rows(run).Select(r => $"{r.GetProperty("leaf_id")} {r.Text("leaf_key")}"));
    }

    [Fact]
    public void Numbers_ranges_and_keys_select_leaves()
    {
        const string Spec = """
            def test_c():
                x, y = choose("x", [1, 2, 3]), choose("y", ["p", "q"])
                choose(["nothing", "fans", "out"])
                return (x, y)
            """;

        Assert.Equal(6, Rows(Choices(Spec)).Count);
        var fourth = Choices(Spec, "--leaf", "4").OnlyRow;
        Assert.Equal(("x=1;y=1", """(2, "q")"""), (fourth.Text("leaf_key"), fourth.Text("return_value")));
        Assert.Equal([2, 3, 5], Rows(Choices(Spec, "--leaf", "2-3", "--leaf", "5")).Select(r => r.GetProperty("leaf_id").GetInt32()));
        Assert.Equal(4, Choices(Spec, "--leaf", "x=1;y=1").OnlyRow.GetProperty("leaf_id").GetInt32());
        Assert.Equal(["x=0;y=1", "x=1;y=1", "x=2;y=1"], Rows(Choices(Spec, "--leaf", "y=1")).Select(r => r.Text("leaf_key")));
        Assert.Contains("x: 3, y: 2", Choices(Spec, "--leaf", "99").Exited(1).Error, StringComparison.Ordinal);
        Assert.Contains("x: 3", Choices(Spec, "--leaf", "x=7").Exited(1).Error, StringComparison.Ordinal);
        Assert.Contains("PLAN_LIMIT_EXCEEDED", Choices(Spec, "--max-leaves", "5").Exited(1).Error, StringComparison.Ordinal);
        Assert.Contains("LEAF_PIN_UNUSED", Choices(Spec, "--leaf", "z=1;y=1;x=2").Exited(0).Output, StringComparison.Ordinal);
    }

    private static IReadOnlyList<JsonElement> Rows(Execution run) => [.. run.Json.GetProperty("tests").EnumerateArray()];

    private Execution Choices(string spec, params string[] arguments) => _caller.Space.Test(spec, arguments);
}
