namespace Faultbox.Cli.Tests.Acceptance;

/// <summary>Services that a test crashes, restarts, pauses and kills at a call.</summary>
[Trait("Category", "Slow")]
public sealed class ProcessControlTests : IDisposable
{
    private readonly CallerService _caller = new();
    private readonly int _watcherPort = Workspace.NewPort();

    public void Dispose() => _caller.Dispose();

    [Fact]
    public void A_crash_takes_the_whole_tree_and_is_no_failure_of_the_service()
    {
        var run = Run("""
            def test_crash():
                send("fork " + TICKS)
                await_growth()
                crash(c)
                assert_true(not grows())
            """).Exited(0);

        Assert.Equal("SIGKILL", Assert.Single(run.Events("service_crashed")).Field("signal"));
        Assert.DoesNotContain(run.Events("service_stopped"), e => e.Text("service") == "c");
        Assert.DoesNotContain("SERVICE_CRASHED", run.Output, StringComparison.Ordinal);
        Assert.Empty(_caller.Space.Processes());
    }

    /// <summary>The test meets what a consumer meets: its proxy accepts and resets, and the reason is an event.</summary>
    [Fact]
    public void A_step_toward_a_crashed_service_goes_through_its_proxy()
    {
        var run = Run("""
            def test_crash():
                crash(c)
                r = c.main.send(data = "fsync", raw = True)
                assert_eq((r.ok, r.error), (False, "connection reset by peer"))
                restart(c)
                assert_true(c.main.send(data = "fsync", raw = True).ok)
            """).Exited(0);

        var failed = run.Events("proxy_upstream_error").First(e => e.Text("service") == "c");
        Assert.Equal(("dial", "the service does not run"), (failed.Field("phase"), failed.Field("error")));
        Assert.DoesNotContain("TCP_READY_TOO_EARLY", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_whose_process_dies_while_it_waits_counts_for_no_rule_and_is_told()
    {
        var run = Run("""
            def test_dropped():
                def body():
                    assert_eq(send("fork-fsync"), "OK")
                    for attempt in range(6000):
                        if len(events(service = "c", syscall = "fsync")) > 0:
                            break
                        sleep("5ms")
                    assert_eq(send("kill-child"), "OK")
                    assert_eq(send("fsync"), "OK")
                fault(c, fsync = delay("3s"), run = body)
                assert_true(False)
            """).Exited(2);

        // The second call is answered after the first one should have been.
        var summary = run.OnlyRow.GetProperty("syscall_summary").GetProperty("c");
        Assert.Equal((2, 1), (summary.GetProperty("total").GetInt32(), summary.GetProperty("dropped_notifications").GetInt32()));
        var fault = run.OnlyRow.GetProperty("faults")[0];
        Assert.Equal((1, 1), (fault.GetProperty("hits").GetInt32(), fault.GetProperty("matches").GetInt32()));
        Assert.Contains("2 total, 2 faulted, 1 gone before their answer  [fsync:2]", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SIGTERM")]
    [InlineData("segv")]
    [InlineData("SIGUSR1")]
    public void A_crash_with_a_signal_of_its_own_ends_the_service_too(string signal)
    {
        var run = Run($$"""
            def test_crash():
                crash(c, signal = "{{signal}}")
                restart(c)
                assert_eq(send("write"), "OK")
            """).Exited(0);

        var name = signal == "segv" ? "SIGSEGV" : signal;
        Assert.Equal(name, Assert.Single(run.Events("service_crashed")).Field("signal"));
    }

    [Fact]
    public void A_restarted_service_keeps_its_address_its_files_and_the_open_windows()
    {
        var run = Run("""
            def test_restart():
                assert_eq(send("write"), "OK")
                def inside():
                    assert_eq(send("write"), "EIO")
                    crash(c)
                    restart(c)
                    assert_eq(send("write"), "EIO")
                    restart(c)
                    assert_eq(send("write"), "EIO")
                fault(c, write = deny("EIO"), run = inside)
                assert_eq(size(DATA), "1")
                assert_eq(send("write"), "OK")
            """).Exited(0);

        Assert.Equal(2, run.Events("service_restarted").Count);
        Assert.Equal(3, run.Events("service_ready").Count(e => e.Text("service") == "c"));
        Assert.Equal("restart", Assert.Single(run.Events("service_stopped"), e => e.Text("service") == "c" && e.Field("phase") != "teardown").Field("phase"));
        var fault = run.OnlyRow.GetProperty("faults")[0];
        Assert.Equal((3, 1), (fault.GetProperty("hits").GetInt32(), fault.GetProperty("windows").GetArrayLength()));
    }

    [Fact]
    public void A_restarted_service_that_does_not_come_up_fails_the_test_with_the_cause()
    {
        var run = Run("""
            def test_restart():
                send("chdir /")
                send("unlink " + PROGRAM)
                restart(c)
            """).Exited(2);

        Assert.Contains("restart(): service \"c\" exited before becoming ready: exec ./caller", run.OnlyRow.Text("reason"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_paused_service_stands_still_with_all_its_processes_until_it_is_resumed()
    {
        var run = Run("""
            def test_pause():
                send("fork " + TICKS)
                await_growth()
                pause(c)
                assert_true(not grows())
                resume(c)
                assert_true(grows())
                assert_eq(send("write"), "OK")
            """).Exited(0);

        Assert.Single(run.Events("service_paused"));
        Assert.Single(run.Events("service_resumed"));
    }

    [Fact]
    public void A_service_left_paused_does_not_delay_the_end_of_the_test()
    {
        var run = Run("""
            def test_pause():
                send("fork " + TICKS)
                pause(c)
                assert_true(True)
            """).Exited(0);

        Assert.Single(run.Events("service_resumed"));
        Assert.True(run.OnlyRow.GetProperty("duration_ms").GetInt64() < 1900, "a service that answers SIGTERM is not waited for");
        Assert.Empty(_caller.Space.Processes());
    }

    [Fact]
    public void A_paused_service_can_be_crashed_and_restarted()
    {
        Run("""
            def test_pause():
                pause(c)
                crash(c)
                restart(c)
                assert_eq(send("write"), "OK")
                pause(c)
                restart(c)
                assert_eq(send("write"), "OK")
            """).Exited(0);
    }

    [Theory]
    [InlineData("before", "2")]
    [InlineData("after", "3")]
    public void A_killed_service_dies_at_exactly_the_chosen_call(string when, string written)
    {
        var run = Run($$"""
            def test_kill():
                def inside():
                    assert_true(send("many write 9") != "0")
                fault(c, write = kill(nth = 3, when = "{{when}}"), run = inside)
                restart(c)
                assert_eq(size(DATA), "{{written}}")
                assert_eq(send("write"), "OK")
            """).Exited(0);

        Assert.Equal("SIGKILL", Assert.Single(run.Events("service_crashed")).Field("signal"));
        var killed = Assert.Single(run.Events("syscall"), e => e.Field("decision") == "kill(SIGKILL)");
        Assert.Equal("3", killed.Field("occurrence"));
        var fault = run.OnlyRow.GetProperty("faults")[0];
        Assert.Equal(("kill", 1, 3), (fault.Text("action"), fault.GetProperty("hits").GetInt32(), fault.GetProperty("matches").GetInt32()));
        Assert.Equal(1, run.OnlyRow.GetProperty("syscall_summary").GetProperty("c").GetProperty("faulted").GetInt32());
        Assert.Empty(_caller.Space.Processes());
    }

    [Theory]
    [InlineData("open", "use made", "before", "made")]
    [InlineData("open", "use made", "after", "made")]
    [InlineData("openat", "use made", "after", "made")]
    [InlineData("rename", "rename made", "before", "made.new")]
    [InlineData("rename", "rename made", "after", "made.new")]
    public void A_call_on_a_name_has_happened_exactly_when_the_kill_comes_after_it(string keyword, string request, string when, string result)
    {
        var run = Run($$"""
            def test_kill():
                fault(c, {{keyword}} = kill(when = "{{when}}", path = "**/made"), run = lambda: c.main.send(data = "{{request}}"))
                restart(c)
                assert_eq(send("write"), "OK")
            """).Exited(0);

        Assert.Equal(when == "after", File.Exists(_caller.Space.File(result)));
        Assert.Equal("kill(SIGKILL)", Assert.Single(run.Events("syscall"), e => e.Field("decision") != "allow" && e.Field("path")?.EndsWith("/made", StringComparison.Ordinal) == true).Field("decision"));
        Assert.Equal("SIGKILL", Assert.Single(run.Events("service_crashed")).Field("signal"));
        Assert.Equal(1, run.OnlyRow.GetProperty("faults")[0].GetProperty("hits").GetInt32());
        Assert.Empty(_caller.Space.Processes());
    }

    [Theory]
    [InlineData("before", "0")]
    [InlineData("after", "1")]
    public void A_service_killed_with_a_signal_of_its_own_dies_of_it(string when, string written)
    {
        var run = Run($$"""
            def test_kill():
                fault(c, write = kill(signal = "SIGTERM", when = "{{when}}"), run = lambda: c.main.send(data = "write"))
                restart(c)
                assert_eq(size(DATA), "{{written}}")
            """).Exited(0);

        Assert.Equal("SIGTERM", Assert.Single(run.Events("service_crashed")).Field("signal"));
    }

    [Theory]
    [InlineData("crash(\"c\")", "crash(): first arg must be a service, got string")]
    [InlineData("crash()", "crash() requires a service argument")]
    [InlineData("crash(c, signal = \"SIGBOGUS\")", "crash(): unknown signal \"SIGBOGUS\"; supported: SIGABRT")]
    [InlineData("crash(c, sig = \"SIGTERM\")", "unknown keyword argument \"sig\"")]
    [InlineData("[crash(c), crash(c)]", "crash(): service \"c\" is not running; restart(c) starts it again")]
    [InlineData("[crash(c), pause(c)]", "pause(): service \"c\" is not running")]
    [InlineData("[pause(c), pause(c)]", "pause(): service \"c\" is paused already")]
    [InlineData("resume(c)", "resume(): service \"c\" is not paused")]
    [InlineData("restart(c, ready = 1)", "restart(): ready must be bool, got int")]
    public void A_wrong_use_names_what_is_wrong(string call, string message)
    {
        var run = Run($"""
            def test_wrong():
                {call}
            """).Exited(2);

        Assert.Contains(message, run.OnlyRow.Text("reason"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kill(signal = \"SIGBOGUS\")", "kill(): unknown signal \"SIGBOGUS\"")]
    [InlineData("kill(when = \"during\")", "kill(): when= must be \"before\" or \"after\", got \"during\"")]
    [InlineData("kill(\"SIGTERM\")", "kill() takes keywords only; it is what happens at a call, as in fault(db, fsync = kill(nth = 3), run = body); crash(db) ends a service at once")]
    [InlineData("kill(max_fires = 2)", "kill(): max_fires= is only meaningful with probability < 1")]
    public void A_wrong_kill_is_refused_while_the_specification_loads(string value, string message)
    {
        var run = _caller.Run($"X = {value}\ndef test_x():\n    pass\n").Exited(1);

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private Execution Run(string body) => _caller.Run($$"""
        d = service("d", "./caller", interface("main", "tcp", {{_watcherPort}}), args = ["{{_watcherPort}}"], env = {"DATA": "{{_caller.Space.File("d.wal")}}"},
            healthcheck = tcp("localhost:{{_watcherPort}}"), seccomp = False)
        TICKS = "{{_caller.Space.File("ticks")}}"
        DATA = "{{_caller.Space.File("data.wal")}}"
        PROGRAM = "{{_caller.Space.File("caller")}}"
        def size(path):
            return d.main.send(data = "size " + path)
        def grows():
            before = str(size(TICKS))
            sleep("80ms")
            return str(size(TICKS)) != before
        def await_growth():
            for i in range(100):
                if grows():
                    return

        """ + body);
}
