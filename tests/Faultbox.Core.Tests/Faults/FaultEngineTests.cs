using Faultbox.Core.Faults;
using Faultbox.Core.Leaves;
using static Faultbox.Core.Tests.Faults.ScriptedService;

namespace Faultbox.Core.Tests.Faults;

public class FaultEngineTests
{
    private const string Wal = "/srv/ledger/wal";
    private readonly ScriptedService _service = new();

    [Fact]
    public void Without_rules_every_call_runs_and_is_recorded()
    {
        Assert.Equal(DecisionKind.Allow, _service.OnDescriptor("write", Wal).Kind);

        var e = Assert.Single(_service.Log.From(0));
        Assert.Equal("allow", e.Field("decision"));
        Assert.Equal(Wal, e.Field("path"));
    }

    [Theory]
    [InlineData("write")]
    [InlineData("writev")]
    [InlineData("pwrite64")]
    [InlineData("pwritev2")]
    public void A_keyword_covers_its_whole_family_and_nothing_else(string member)
    {
        var window = _service.Open("write", Deny("EIO"));

        Assert.Equal(5, _service.OnDescriptor(member, Wal).Errno);
        Assert.Equal(DecisionKind.Allow, _service.OnDescriptor("read", Wal).Kind);

        _service.Engine.Close(window);
        Assert.Equal(DecisionKind.Allow, _service.OnDescriptor(member, Wal).Kind);
    }

    [Fact]
    public void Windows_nest_and_closing_one_leaves_the_others_in_force()
    {
        var outer = _service.Open("write", Deny("EIO"));
        var inner = _service.Open("write", Deny("ENOSPC"));
        var other = _service.Open("fsync", Deny("EROFS"));
        Assert.Equal(28, _service.OnDescriptor("write", Wal).Errno);

        _service.Engine.Close(inner);
        Assert.Equal(5, _service.OnDescriptor("write", Wal).Errno);
        Assert.Equal(30, _service.OnDescriptor("fsync", Wal).Errno);

        _service.Engine.Close(outer);
        _service.Engine.Close(outer);
        Assert.Equal(DecisionKind.Allow, _service.OnDescriptor("write", Wal).Kind);
        Assert.Equal(30, _service.OnDescriptor("fsync", Wal).Errno);
        _service.Engine.Close(other);
    }

    [Fact]
    public void A_trace_window_records_and_never_hides_a_fault()
    {
        _service.Open("write", Deny("EIO") with { Trigger = new Trigger(TriggerKind.Nth, 2) });
        _service.Engine.OpenTrace([Rule("write", new FaultDefinition { Kind = FaultKind.Trace })], default);

        DecisionKind[] decisions = [_service.OnDescriptor("write", Wal).Kind, _service.OnDescriptor("write", Wal).Kind];

        Assert.Equal([DecisionKind.Trace, DecisionKind.Deny], decisions);
    }

    [Fact]
    public void An_observer_counts_and_evaluation_goes_on()
    {
        _service.Open("write", Deny("EIO"));
        _service.Open("write", Observe);

        Assert.Equal(5, _service.OnDescriptor("write", Wal).Errno);
        Assert.All(_service.Engine.SummarizeRules(), row => Assert.Equal(1, row.Matches));
    }

    [Fact]
    public void An_allow_with_a_scope_is_a_carve_out()
    {
        _service.Open("write", Deny("EIO"));
        _service.Open("write", Observe with { Scope = new FaultScope { Paths = ["/srv/logs/**"] } });

        Assert.Equal(DecisionKind.Allow, _service.OnDescriptor("write", "/srv/logs/a.log").Kind);
        Assert.Equal(DecisionKind.Deny, _service.OnDescriptor("write", Wal).Kind);
    }

    [Theory]
    [InlineData(TriggerKind.Nth, 3, "..x...")]
    [InlineData(TriggerKind.After, 2, "..xxxx")]
    [InlineData(TriggerKind.Every, 2, ".x.x.x")]
    [InlineData(TriggerKind.First, 2, "xx....")]
    public void A_trigger_counts_the_matches_of_all_family_members(TriggerKind kind, long count, string expected)
    {
        _service.Open("write", Deny("EIO") with { Trigger = new Trigger(kind, count) });

        string[] calls = ["write", "writev", "pwrite64", "write", "writev", "pwrite64"];

        Assert.Equal(expected, string.Concat(calls.Select(c => _service.OnDescriptor(c, Wal).Kind == DecisionKind.Deny ? 'x' : '.')));
    }

    [Fact]
    public void A_call_whose_reply_was_lost_is_counted_once_when_it_is_issued_again()
    {
        _service.Open("write", Deny("EIO") with { Trigger = new Trigger(TriggerKind.Nth, 2) });
        _service.OnDescriptor("write", Wal);
        Assert.Equal(DecisionKind.Deny, _service.OnDescriptor("write", Wal).Kind);
        var interrupted = _service.LastId;
        Assert.Equal(DecisionKind.Allow, _service.OnDescriptor("write", Wal, thread: 200).Kind);

        _service.Engine.Undo(interrupted);
        var row = Assert.Single(_service.Engine.SummarizeRules());
        Assert.Equal((0, 2), (row.Hits, row.Matches));

        Assert.Equal(DecisionKind.Deny, _service.OnDescriptor("write", Wal).Kind);
        row = Assert.Single(_service.Engine.SummarizeRules());
        Assert.Equal((1, 3), (row.Hits, row.Matches));
    }

    [Fact]
    public void Probability_draws_depend_on_the_occurrence_and_not_on_who_calls()
    {
        string Run(params string[] calls)
        {
            var service = new ScriptedService();
            service.Open("write", Deny("EIO") with { Probability = 0.5 });
            return string.Concat(Enumerable.Range(0, 64).Select(i =>
                service.OnDescriptor(calls[i % calls.Length], Wal, thread: 100 + (i % calls.Length)).Kind == DecisionKind.Deny ? 'x' : '.'));
        }

        var alone = Run("write");

        Assert.Equal(alone, Run("write", "writev", "pwrite64"));
        Assert.InRange(alone.Count(c => c == 'x'), 16, 48);
    }

    [Fact]
    public void Zero_never_fires_and_one_percent_is_rare()
    {
        _service.Open("write", Deny("EIO") with { Probability = 0.01 });
        _service.Open("read", Deny("EIO") with { Probability = 0 });

        var fired = Enumerable.Range(0, 1000).Count(_ => _service.OnDescriptor("write", Wal).Kind == DecisionKind.Deny);

        Assert.InRange(fired, 1, 40);
        Assert.DoesNotContain(Enumerable.Range(0, 100), _ => _service.OnDescriptor("read", Wal).Kind == DecisionKind.Deny);
    }

    [Fact]
    public void Outcomes_pinned_by_the_plan_come_first()
    {
        var service = new ScriptedService(o => o with
        {
            Leaf = new LeafPlan(LeafPins.None.With(Axis.OfChance("ledger:write", 3), 0b101)),
        });
        service.Open("write", Deny("EIO") with { Probability = 1e-9, MaxFires = 3, Exhaustive = true });

        Assert.Equal("x.x.", string.Concat(Enumerable.Range(0, 4).Select(_ => service.OnDescriptor("write", Wal).Kind == DecisionKind.Deny ? 'x' : '.')));
    }

    [Theory]
    [InlineData(false, "EINTR EAGAIN - -")]
    [InlineData(true, "EINTR EAGAIN EINTR EAGAIN")]
    public void A_sequence_of_errors_ends_or_starts_again(bool repeat, string expected)
    {
        _service.Open("write", Deny("EINTR", "EAGAIN") with { RepeatErrnos = repeat });

        var names = Enumerable.Range(0, 4).Select(_ => _service.OnDescriptor("write", Wal)).ToList();

        Assert.Equal(expected, string.Join(' ', names.Select(d => d.Kind == DecisionKind.Deny ? Linux.Syscalls.Errno.FromNumber(d.Errno).Name : "-")));
    }

    [Fact]
    public void A_delay_runs_the_call_afterwards_or_fails_it()
    {
        _service.Open("write", Delay(250));
        _service.Open("connect", Delay(2000) with { Then = Deny("ETIMEDOUT") });

        var write = _service.OnDescriptor("write", Wal);
        var connect = _service.Connect("127.0.0.1", 5432);

        Assert.Equal((DecisionKind.Delay, 250), (write.Kind, (int)write.Delay.TotalMilliseconds));
        Assert.Equal((DecisionKind.Deny, 110, 2000), (connect.Kind, connect.Errno, (int)connect.Delay.TotalMilliseconds));
        Assert.Equal(["delay(250ms)", "deny(connection timed out)"], _service.Log.OfType("syscall").Select(e => e.Field("decision")));
        Assert.Equal(["250", "2000"], _service.Log.OfType("syscall").Select(e => e.Field("latency_ms")));
    }

    [Fact]
    public void An_expired_rule_is_out_of_force()
    {
        var time = new ManualTime();
        var service = new ScriptedService(o => o with { Time = time });
        service.Open("write", Deny("EIO") with { During = TimeSpan.FromSeconds(4) });

        Assert.Equal(DecisionKind.Deny, service.OnDescriptor("write", Wal).Kind);
        time.Now += TimeSpan.FromSeconds(4);
        Assert.Equal(DecisionKind.Allow, service.OnDescriptor("write", Wal).Kind);
    }

    [Fact]
    public void Deciding_allocates_nothing_for_paths_it_has_seen()
    {
        _service.Open("write", Deny("EIO") with { Probability = 0.5, Trigger = new Trigger(TriggerKind.Every, 3) }, path: "/srv/**/wal");
        _service.Open("write", Observe);
        for (var i = 0; i < 20; i++)
        {
            _service.OnDescriptor("write", Wal);
        }

        // A block of the log may have to be taken in one round; what a decision allocates is allocated in every one.
        Assert.Contains(0L, Enumerable.Range(0, 5).Select(_ => AllocatedBy(10_000)));

        long AllocatedBy(int calls)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < calls; i++)
            {
                _service.OnDescriptor("write", Wal);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void A_window_announces_its_rules_and_its_end()
    {
        var window = _service.Open("write", Deny("ENOSPC") with { Label = "disk" });
        _service.OnDescriptor("write", Wal);
        _service.Engine.Close(window);

        Assert.Equal(["fault_applied", "syscall", "fault_removed"], _service.Log.From(0).Select(e => e.Type));
        Assert.Equal("deny(ENOSPC) → filter:[write,writev,pwrite64] label=\"disk\"", _service.Log[0].Field("write"));
        Assert.Equal("disk", _service.Log[1].Field("label"));
    }

    [Fact]
    public void Rows_sum_the_windows_of_one_keyword()
    {
        for (var i = 0; i < 3; i++)
        {
            var window = _service.Open("write", Deny("EIO") with { Trigger = new Trigger(TriggerKind.Nth, 1) });
            _service.OnDescriptor("write", Wal);
            _service.OnDescriptor("writev", Wal);
            _service.Engine.Close(window);
        }

        var row = Assert.Single(_service.Engine.SummarizeRules());
        Assert.Equal((3, 6), (row.Hits, row.Matches));
        Assert.Equal([1L, 1L, 1L], row.Windows.Select(w => w.Hits));
        Assert.Equal(_service.Engine.SummarizeWindows().Select(w => (w.FromSequence, w.ToSequence)), row.Windows.Select(w => (w.FromSequence, w.ToSequence)));
        Assert.Equal(("deny", "EIO", "write"), (row.Action, row.Detail, row.Keyword));
        Assert.All(_service.Engine.SummarizeWindows(), w => Assert.True(w.ToSequence > w.FromSequence && w.Hits == 1));
    }

    [Fact]
    public void A_row_lists_the_windows_of_its_rule_and_what_the_rule_did_in_each()
    {
        var outer = _service.Engine.OpenFaults([Rule("fsync", Deny("EIO")), Rule("write", Deny("EIO"))], default);
        var inner = _service.Open("write", Deny("ENOSPC"));
        _service.OnDescriptor("write", Wal);
        _service.Engine.Close(inner);
        _service.OnDescriptor("write", Wal);
        _service.OnDescriptor("write", Wal);
        _service.OnDescriptor("fsync", Wal);
        _service.Engine.Close(outer);

        Assert.Equal(
            ["fsync EIO: deny(EIO) 1 of 1", "write EIO: deny(EIO) 1 of 2", "write ENOSPC: deny(ENOSPC) 2 of 1"],
            _service.Engine.SummarizeRules().Select(r => $"{r.Keyword} {r.Detail}: "
                + string.Join(", ", r.Windows.Select(w => $"{w.Rule.Split(' ')[0]} {w.FromSequence} of {w.Hits}"))));
    }

    [Fact]
    public void Windows_left_open_are_closed_and_reported()
    {
        _service.Open("write", Deny("EIO"));
        _service.Open("fsync", Deny("EIO"));

        _service.Engine.CloseLeaked();

        Assert.Equal(["fsync", "write"], _service.Log.OfType("fault_leaked").Select(e => e.Field("keywords")));
        Assert.Equal(DecisionKind.Allow, _service.OnDescriptor("write", Wal).Kind);
    }

    private sealed class ManualTime : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
