namespace Faultbox.Cli.Tests.Playbook;

/// <summary>"My fault rule installed but nothing fired": the symptom, the reason the program gives, and the fix it proposes.</summary>
public sealed class Entry01FaultThatDidNotFireTests : IDisposable
{
    private readonly CallerService _caller = new();

    public void Dispose() => _caller.Dispose();

    [Fact]
    public void A_reused_connection_is_recognized_and_faulting_write_helps()
    {
        var run = _caller.Run($$"""
            def test_reused():
                for i in range(3):
                    assert_eq(send("keep"), "OK")
                fault(c, connect = deny("ECONNREFUSED"), run = lambda: assert_eq(send("ping"), "OK"))
            def test_fixed():
                assert_eq(send("keep"), "OK")
                fault(c, write = deny("EPIPE"), run = lambda: assert_eq(send("ping"), "EPIPE"))
            """).Exited(0);

        const string Why = "connect happened 3 times before the window opened (connection reused): fault write or read";
        var row = run.Row("test_reused");
        Assert.Equal(0, row.GetProperty("faults")[0].GetProperty("hits").GetInt32());
        var zero = row.GetProperty("events").EnumerateArray().Single(e => e.Text("type") == "fault_zero_traffic");
        Assert.Equal("connect", zero.Field("syscall"));
        Assert.StartsWith(Why, zero.Field("hint"), StringComparison.Ordinal);
        Assert.Contains("Zero-traffic faults (1): rule installed, matched no syscalls", run.Error, StringComparison.Ordinal);
        Assert.Contains("test_reused — c.connect (deny)", run.Error, StringComparison.Ordinal);
        Assert.Contains(Why, run.Error, StringComparison.Ordinal);
        Assert.Contains("[FAULT_NOT_FIRED] test_reused", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Row("test_fixed").GetProperty("faults")[0].GetProperty("hits").GetInt32());
    }

    [Fact]
    public void A_sibling_call_that_did_the_work_is_named()
    {
        var run = _caller.Run($$"""
            def test_sibling():
                assert_eq(send("keep"), "OK")
                def body():
                    for i in range(2):
                        assert_eq(send("ping"), "OK")
                fault(c, quiet = deny("EPIPE"), run = body)
            """, """, ops = {"quiet": op(syscalls = ["sendmsg"])}""").Exited(0);

        Assert.Contains("0 quiet but", run.Events("fault_zero_traffic").Single().Field("hint"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_window_without_traffic_says_so()
    {
        var run = _caller.Run("""
            def test_quiet():
                fault(c, write = deny("EIO"), run = lambda: None)
                assert_eq(send("write"), "OK")
            """).Exited(0);

        Assert.Contains("no traffic of c while the window was open (", run.Events("fault_zero_traffic").Single().Field("hint"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_glob_that_misses_shows_the_nearest_path()
    {
        var run = _caller.Run("""
            def test_glob():
                fault(c, wal = deny("EIO"), run = lambda: assert_eq(send("write"), "OK"))
            """, """, ops = {"wal": op(syscalls = ["write"], path = "/srv/*.wal")}""").Exited(0);

        Assert.Contains($"nearest {_caller.Space.File("data.wal")}", run.Events("fault_zero_traffic").Single().Field("hint"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_fires_on_one_call_of_its_family_is_not_idle()
    {
        var run = _caller.Run("""
            def test_family():
                fault(c, write = deny("EIO"), run = lambda: assert_eq(send("writev"), "EIO"))
            """).Exited(0);

        Assert.Empty(run.Events("fault_zero_traffic"));
        Assert.DoesNotContain("Zero-traffic", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_started_window_spans_more_of_the_test()
    {
        _caller.Run("""
            def test_span():
                fault_start(c, write = deny("EIO"))
                assert_eq(send("write"), "EIO")
                fault_stop(c)
                assert_eq(send("write"), "OK")
            """).Exited(0);
    }
}
