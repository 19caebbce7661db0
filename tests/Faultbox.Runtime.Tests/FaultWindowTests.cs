using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime.Tests;

public sealed class FaultWindowTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("faultbox-window-").FullName;

    private string File => Path.Combine(_directory, "file");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_denied_call_fails_while_the_window_is_open_and_works_again_afterwards()
    {
        var test = new Suite().With(Probe.Service("db"), "write").Test("test_full", s =>
        {
            Assert.Equal("ok", s.Send("db", $"write {File}"));
            s.Under("db", Suite.Rule("write", Suite.Deny("ENOSPC")), () => Assert.Equal("errno 28", s.Send("db", $"write {File}")));
            Assert.Equal("ok", s.Send("db", $"write {File}"));
        }).RunOne();

        Assert.True(test.Result == Result.Pass, test.Reason);
        var fault = Assert.Single(test.Faults);
        Assert.Equal((1L, 1L, "write", "deny", "ENOSPC"), (fault.Hits, fault.Matches, fault.Keyword, fault.Action, fault.Detail));
        var denied = Assert.Single(test.Log.From(0), e => e.Field("decision") == "deny(no space left on device)");
        Assert.Equal(File, denied.Field("path"));
        Assert.Equal("ENOSPC", denied.Field("errno"));
        Assert.Equal(1, Assert.Single(test.Syscalls).Faulted);
    }

    [Fact]
    public void The_event_of_a_call_precedes_its_consequence()
    {
        var test = new Suite().With(Probe.Service("db"), "write").Test("test_order", s =>
            s.Under("db", Suite.Rule("write", Suite.Deny("EIO")), () => s.Send("db", $"write {File}"))).RunOne();

        var types = test.Log.From(0).Select(e => e.Field("decision")?.StartsWith("deny", StringComparison.Ordinal) == true ? "denied" : e.Type).ToList();
        Assert.True(types.IndexOf("fault_applied") < types.IndexOf("denied"));
        Assert.True(types.IndexOf("denied") < types.IndexOf("step_recv"));
        Assert.True(types.IndexOf("step_recv") < types.IndexOf("fault_removed"));
    }

    [Fact]
    public void Windows_nest_and_closing_one_leaves_the_others_in_force()
    {
        var test = new Suite().With(Probe.Service("db"), "write", "fsync").Test("test_nested", s =>
        {
            var trace = s.OpenTrace("db", [Suite.Rule("write", Suite.Trace)], Probe.Here);
            s.Under("db", Suite.Rule("write", Suite.Deny("EIO")), () =>
            {
                s.Under("db", Suite.Rule("fsync", Suite.Deny("ENOSPC")), () =>
                {
                    Assert.Equal("errno 28", s.Send("db", $"fsync {File}"));
                    Assert.Equal("errno 5", s.Send("db", $"write {File}"));
                });
                Assert.Equal("ok", s.Send("db", $"fsync {File}"));
                Assert.Equal("errno 5", s.Send("db", $"write {File}"));
            });
            Assert.Equal("ok", s.Send("db", $"write {File}"));
            s.Close(trace);
        }).RunOne();

        Assert.True(test.Result == Result.Pass, test.Reason);
        Assert.Equal(3, test.Windows.Count);
        Assert.Contains(test.Log.From(0), e => e.Field("decision") == "trace");
    }

    [Fact]
    public void A_delayed_call_is_answered_after_its_event()
    {
        var delay = TimeSpan.FromMilliseconds(150);
        var test = new Suite().With(Probe.Service("db"), "fsync").Test("test_slow", s =>
            s.Under("db", Suite.Rule("fsync", Suite.Delay(delay)), () => Assert.Equal("ok", s.Send("db", $"fsync {File}")))).RunOne();

        Assert.True(test.Result == Result.Pass, test.Reason);
        var call = Assert.Single(test.Log.From(0), e => e.Field("decision") == "delay(150ms)");
        var answer = Assert.Single(test.Log.From(0), e => e.Type == "step_recv");
        Assert.True(answer.OffsetNanoseconds - call.OffsetNanoseconds >= delay.TotalNanoseconds);
    }

    [Fact]
    public void The_same_seed_fires_at_the_same_matches()
    {
        var rule = Suite.Rule("write", Suite.Deny("EIO") with { Probability = 0.3 });
        string RunWith(ulong seed)
        {
            var outcomes = "";
            var suite = new Suite().With(Probe.Service("db"), "write");
            suite.Options = suite.Options with { Seed = seed };
            var test = suite.Test("test_p", s => s.Under("db", rule, () => outcomes = s.Send("db", $"burst 200 {File}"))).RunOne();
            Assert.True(test.Result == Result.Pass, test.Reason);
            return outcomes;
        }

        var first = RunWith(7);
        Assert.Equal(first, RunWith(7));
        Assert.NotEqual(first, RunWith(8));
        Assert.InRange(first.Count(c => c == '1'), 30, 90);
    }

    [Fact]
    public void A_window_left_open_is_closed_and_reported()
    {
        var test = new Suite().With(Probe.Service("db"), "write").Test("test_leak", s =>
        {
            s.OpenFaults("db", [Suite.Rule("write", Suite.Deny("EIO"))], Probe.Here, started: true);
            Assert.Single(s.OpenStarted("db", trace: false));
            Assert.Equal("errno 5", s.Send("db", $"write {File}"));
        }).RunOne();

        Assert.Equal("write", Assert.Single(test.Log.From(0), e => e.Type == "fault_leaked").Field("keywords"));
        Assert.Single(test.Log.From(0), e => e.Type == "fault_removed");
        Assert.True(test.Windows[0].ToSequence > 0);
    }

    [Fact]
    public void A_rule_that_matched_nothing_says_why()
    {
        var test = new Suite().With(Probe.Service("db"), "fsync").Test("test_idle", s =>
            s.Under("db", Suite.Rule("fsync", Suite.Deny("EIO")), () => s.Send("db", "ping"))).RunOne();

        Assert.NotEmpty(Assert.Single(test.Log.From(0), e => e.Type == "fault_zero_traffic").Field("hint")!);
        Assert.True(Assert.Single(test.Faults).ZeroTraffic);
        Assert.Contains(test.Diagnostics, d => d.Code == "FAULT_NOT_FIRED");
    }

    [Fact]
    public void A_fault_on_an_unfiltered_call_relaunches_the_service_once_and_is_remembered()
    {
        var attempts = 0;
        var suite = new Suite().With(Probe.Service("db"), "fsync").Test("test_learn", s =>
        {
            attempts++;
            s.Under("db", Suite.Rule("write", Suite.Deny("EIO")), () => Assert.Equal("errno 5", s.Send("db", $"write {File}")));
        });
        var result = suite.Run();

        var test = Assert.Single(result.Tests);
        Assert.True(test.Result == Result.Pass, test.Reason);
        Assert.Equal(2, attempts);
        Assert.Single(test.Log.From(0), e => e.Type == "service_started");
        Assert.Contains(suite.Observer.Notices, n => n.StartsWith("learned db: ", StringComparison.Ordinal) && n.Contains("pwrite64", StringComparison.Ordinal));
    }

    [Fact]
    public void A_service_without_interception_skips_the_rule_and_says_so()
    {
        var test = new Suite().With(Probe.Service("db") with { Seccomp = false }).Test("test_skip", s =>
            s.Under("db", Suite.Rule("write", Suite.Deny("EIO")), () => Assert.Equal("ok", s.Send("db", $"write {File}")))).RunOne();

        Assert.True(test.Result == Result.Pass, test.Reason);
        Assert.Equal("write", Assert.Single(test.Log.From(0), e => e.Type == "fault_skipped_no_seccomp").Field("requested_rules"));
        Assert.True(Assert.Single(test.Faults).ZeroTraffic);
    }

    [Fact]
    public void A_connection_to_a_known_service_orders_the_two_actors()
    {
        var db = Probe.Service("db");
        var api = Probe.Service("api", "db");
        var test = new Suite().With(db, "connect").With(api, "connect").Test("test_clock", s =>
            Assert.Equal("ok", s.Send("api", $"connect {db.Interfaces[0].Port}"))).RunOne();

        var call = Assert.Single(test.Log.From(0), e => e.Type == "syscall" && e.Service == "api" && e.Field("dest") == $"127.0.0.1:{db.Interfaces[0].Port}");
        Assert.True(call.Clock["db"] > 0);
    }
}
