namespace Faultbox.Cli.Tests.Language;

/// <summary>What happens to specifications while their tests run.</summary>
public sealed class RunningItemsTests : IDisposable
{
    private readonly CallerService _caller = new();

    private Workspace Space => _caller.Space;

    public void Dispose() => _caller.Dispose();

    [Fact]
    public void Item_03_recursion_ends_with_the_name_of_the_function()
    {
        var row = Space.Test("def f(n):\n    return f(n - 1)\n\ndef test_x():\n    f(3)\n").Exited(2).OnlyRow;
        Assert.Contains("function f called recursively", row.Text("reason"), StringComparison.Ordinal);
        Assert.Equal(["test_x", "f"], row.GetProperty("traceback").EnumerateArray().Select(f => f.Text("name")));
    }

    [Fact]
    public void Item_13_tests_cannot_share_state_through_globals()
    {
        var row = Space.Test("seen = []\n\ndef test_x():\n    seen.append(1)\n").Exited(2).OnlyRow;
        Assert.Contains("cannot append to frozen list", row.Text("reason"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Item_21_a_body_without_end_is_stopped_and_leaves_nothing_in_the_next_test()
    {
        var run = _caller.Run("""
            def forever():
                send("fsync")
                for i in range(10000000000):
                    pass
            test("a_slow", body = forever, timeout = "1s")
            def test_b_next():
                sleep("1500ms")
            """).Exited(3);
        var slow = run.Row("test_a_slow");
        Assert.Equal("inconclusive", slow.Text("result"));
        Assert.Contains("test timeout: body did not complete within 1", slow.Text("reason"), StringComparison.Ordinal);
        Assert.False(slow.TryGetProperty("body_leaked", out _));
        var next = run.Row("test_b_next").GetProperty("events").EnumerateArray().Select(e => e.Text("type"));
        Assert.DoesNotContain("step_send", next);
        Assert.DoesNotContain("step_recv", next);
    }

    [Fact]
    public void Item_26_a_traceback_names_every_frame_and_the_json_carries_the_same()
    {
        Space.Write("lib.star", "def outer(x):\n    return inner(x)\n\ndef inner(x):\n    return 1 // x\n");
        var run = Space.Test("load(\"lib.star\", \"outer\")\n\ndef test_x():\n    outer(0)\n").Exited(2);
        var frames = run.OnlyRow.GetProperty("traceback").EnumerateArray()
            .Select(f => $"{f.Text("file")}:{f.GetProperty("line").GetInt32()}:{f.GetProperty("col").GetInt32()}: in {f.Text("name")}")
            .ToList();
        Assert.Equal(["spec.star:4:5: in test_x", "lib.star:2:12: in outer", "lib.star:5:14: in inner"], frames);
        Assert.All(frames, f => Assert.Contains(f, run.Error, StringComparison.Ordinal));
    }

    [Fact]
    public void Item_28_the_plan_cannot_be_changed_by_a_test()
    {
        var row = Space.Test("def test_x():\n    service(\"a\", \"/bin/true\")\n").Exited(2).OnlyRow;
        Assert.Contains("service() ", row.Text("reason"), StringComparison.Ordinal);
        Assert.Contains("declare it at module level", row.Text("reason"), StringComparison.Ordinal);
    }

    [Fact]
    public void Prints_of_a_run_go_to_standard_error_and_are_kept_with_the_test()
    {
        var run = Space.Test("print(\"loading\")\ndef test_x():\n    print(\"a\", 1, sep = \"-\")\n").Exited(0);
        Assert.Contains("loading\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("a-1\n", run.Error, StringComparison.Ordinal);
        Assert.Equal("a-1\n", run.OnlyRow.Text("prints"));
    }

    [Fact]
    public void A_violated_monitor_is_the_reason_and_is_listed_in_the_json()
    {
        var run = _caller.Run("""
            monitor("no replies", on = match.event(type = "step_recv"), check = lambda e, s: False)
            def test_x():
                send("fsync")
                sleep("20s")
            """).Exited(2);
        var row = run.OnlyRow;
        Assert.Equal("monitor", row.Text("failure_type"));
        Assert.Equal("immediate_fail", row.Text("cause"));
        Assert.Contains("monitor violation: monitor \"no replies\" violated at event seq=", row.Text("reason"), StringComparison.Ordinal);
        Assert.Equal(1, row.GetProperty("checks").GetInt32());
        Assert.Equal(1, row.GetProperty("monitors")[0].GetProperty("violations").GetInt32());
        Assert.Equal("no replies", Assert.Single(run.Events("violation")).Field("property"));
    }
}
