using Faultbox.Core.Verdicts;

namespace Faultbox.Spec.Tests.Faults;

public sealed class WindowTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void A_fault_acts_while_its_window_is_open_and_returns_the_result_of_run()
    {
        var test = Run($$"""
            def test_x():
                assert_eq(write(), "ok")
                result = fault(db, write = deny("ENOSPC", label = "disk"), run = write)
                assert_eq(result, "errno 28")
                assert_eq(write(), "ok")
                assert_eventually(type = "syscall", service = "db", syscall = "write", decision = "deny(no space left on device)")
                assert_eventually(service = "db", decision = "deny(ENOSPC)", label = "disk")
                assert_before(first = {"type": "fault_applied"}, then = {"type": "fault_removed"})
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
        var fault = Assert.Single(test.Faults);
        Assert.Equal(("db", "write", "deny", 1L), (fault.Service, fault.Keyword, fault.Action, fault.Hits));
    }

    [Fact]
    public void A_window_closes_when_its_callable_raises()
    {
        var test = Run("""
            def test_x():
                fault(db, write = deny("EIO"), run = lambda: fail("inside"))
            """);
        Assert.StartsWith("fail: inside", test.Reason, StringComparison.Ordinal);
        Assert.Equal("fault_removed", test.Log.From(0).Last(e => e.Type.StartsWith("fault_", StringComparison.Ordinal) && e.Type != "fault_zero_traffic").Type);
    }

    [Fact]
    public void Windows_nest_and_the_newest_is_asked_first()
    {
        var test = Run("""
            def test_x():
                inner = lambda: fault(db, write = deny("EROFS"), run = write)
                assert_eq(fault(db, write = deny("EIO"), run = lambda: [inner(), write()]), ["errno 30", "errno 5"])
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Fact]
    public void Started_windows_stay_until_they_are_stopped()
    {
        var test = Run("""
            def test_x():
                fault_start(db, write = deny("EIO"))
                fault_start(db, persist = deny("EROFS"))
                assert_eq(write(), "errno 30")
                fault_stop(db)
                assert_eq(write(), "ok")
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Fact]
    public void An_assumption_puts_its_rules_in_force_and_the_last_rule_of_a_call_wins()
    {
        var test = Run("""
            full = fault_assumption("full", target = db, write = deny("ENOSPC"))
            worse = fault_assumption("worse", target = db, faults = [full], write = deny("EIO"))

            def test_x():
                assert_eq(fault(full, run = write), "errno 28")
                assert_eq(fault(worse, run = write), "errno 28")
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Fact]
    public void A_service_that_fault_all_names_twice_is_refused()
    {
        var test = Run("""
            def test_x():
                fault_all([db, db], write = deny("EIO"), run = write)
            """);
        Assert.StartsWith("fault_all(): services[1] is \"db\" again, as services[0]; ", test.Reason, StringComparison.Ordinal);
        Assert.Empty(test.Faults);
    }

    [Fact]
    public void Every_service_of_fault_all_gets_the_rules()
    {
        var test = SpecRun.One(SpecRun.LineService("one") + SpecRun.LineService("two") + $$"""
            def both():
                return [s.main.send(data = "write {{_file}}") for s in [one, two]]

            def test_x():
                assert_eq(fault_all([one, two], write = deny("EIO"), run = both), ["errno 5", "errno 5"])
                assert_eq(both(), ["ok", "ok"])
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Fact]
    public void A_trace_records_and_changes_nothing()
    {
        var test = Run("""
            def test_x():
                assert_eq(trace(db, syscalls = ["write"], run = write), "ok")
                assert_eventually(service = "db", syscall = "write", decision = "trace")
                trace_start(db, syscalls = ["write"])
                write()
                trace_stop(db)
                write()
                assert_eq(len(events(service = "db", syscall = "write", decision = "trace")), 2)
                assert_eq(len(events(service = "db", syscall = "write", decision = "allow")), 1)
            """);
        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Theory]
    [InlineData("fault(write = deny(\"EIO\"), run = write)", "fault() requires a service or interface argument")]
    [InlineData("fault(3, write = deny(\"EIO\"), run = write)", "fault(): first arg must be a service, interface_ref, or fault_assumption, got int")]
    [InlineData("fault(db.main, write = deny(\"EIO\"), run = write)", "fault(): unknown keyword argument \"write\"; rules on db.main are given by position, as in fault(db.main, drop(), ...); faults on system calls act on the service \"db\"")]
    [InlineData("fault(db, wirte = 3, run = write)", "fault(): unknown keyword \"wirte\" for service \"db\"; did you mean \"write\"? system calls: write, read, connect, openat, fsync, sendto, recvfrom, writev, readv, close, pwrite64, pread64, fdatasync, sendmsg, recvmsg; operations of \"db\": persist")]
    [InlineData("fault(db, write = 3, run = write)", "fault(): write= must be a fault (delay/deny/allow), got int; for example write = deny(\"EIO\")")]
    [InlineData("fault(db, write = deny(\"EIO\"))", "fault() requires run= keyword with a callback function")]
    [InlineData("fault(db, write = deny(\"EIO\"), run = 1)", "fault(): run= must be a callable, got int")]
    [InlineData("fault(db, run = write)", "fault(): needs at least one fault")]
    [InlineData("fault_start()", "fault_start() requires a service argument")]
    [InlineData("fault_start(\"db\", write = deny(\"EIO\"))", "fault_start(): first arg must be a service, got string")]
    [InlineData("fault_stop(db, write = 1)", "fault_stop(): unknown keyword argument \"write\"; fault_stop() takes no keywords")]
    [InlineData("fault_all(run = write, write = deny(\"EIO\"))", "fault_all() requires a list of services")]
    [InlineData("fault_all(db, write = deny(\"EIO\"), run = write)", "fault_all(): first arg must be a list of services, got service")]
    [InlineData("fault_all([], write = deny(\"EIO\"), run = write)", "fault_all(): first arg must name at least one service")]
    [InlineData("fault_all([db, 1], write = deny(\"EIO\"), run = write)", "fault_all(): services[1] must be a service, got int")]
    [InlineData("trace(syscalls = [\"write\"], run = write)", "trace() requires a service argument")]
    [InlineData("trace(db, run = write)", "trace() requires syscalls= keyword with a list of syscall names")]
    [InlineData("trace(db, syscalls = \"write\", run = write)", "trace(): syscalls= must be a list, got string")]
    [InlineData("trace(db, syscalls = [1], run = write)", "trace(): syscalls list items must be strings, got int")]
    [InlineData("trace(db, syscalls = [\"write\"], run = write, path = \"/\")", "trace(): unexpected keyword \"path\"")]
    [InlineData("trace_start(db, syscall = [])", "trace_start(): unexpected keyword \"syscall\"; did you mean \"syscalls\"? valid: syscalls")]
    public void Mistakes_in_windows_name_the_builtin(string call, string reason)
    {
        var test = Run($"def test_x():\n    {call}\n");
        Assert.Equal(Result.Fail, test.Result);
        Assert.StartsWith(reason, test.Reason, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(_file);

    private TestResult Run(string tests) => SpecRun.One(
        SpecRun.LineService("db", $", ops = {{\"persist\": op(syscalls = [\"write\"], path = \"{_file}\")}}")
        + $"def write():\n    return db.main.send(data = \"write {_file}\")\n\n" + tests);
}
