using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Tests.Events;

public class EventLogTests
{
    private readonly EventLog _log = new(TimeProvider.System);

    [Fact]
    public void Sequence_numbers_begin_at_one_and_have_no_gaps()
    {
        _log.Emit("service_started", "db");
        _log.Emit("service_ready", "db");

        Assert.Equal([1L, 2L], _log.From(0).Select(e => e.Sequence));
    }

    [Fact]
    public void Services_that_never_met_are_concurrent_and_a_merge_orders_them()
    {
        _log.Emit("x", "a");
        _log.Emit("x", "b");
        Assert.False(_log[0].Clock.HappensBefore(_log[1].Clock));
        Assert.False(_log[1].Clock.HappensBefore(_log[0].Clock));

        _log.Merge("a", "b");
        _log.Emit("x", "b");

        Assert.True(_log[0].Clock.HappensBefore(_log[2].Clock));
    }

    [Fact]
    public void A_closed_log_drops_what_comes_later()
    {
        _log.Emit("x", "a");
        _log.Close();

        Assert.Equal(0, _log.Emit("y", "a"));
        Assert.Equal(1, _log.Count);
    }

    [Fact]
    public void Subscribers_see_events_in_order_and_drain_waits_for_them()
    {
        var seen = new List<long>();
        using var subscription = _log.Subscribe(e => seen.Add(e.Sequence));
        for (var i = 0; i < 1000; i++)
        {
            _log.Emit("x", "a");
        }

        _log.Drain();

        Assert.Equal(Enumerable.Range(1, 1000).Select(i => (long)i), seen);
    }

    [Fact]
    public void A_system_call_is_told_in_words_when_it_is_read()
    {
        SyscallTable.TryGetNumber("write", out var number);
        var path = _log.Paths.Intern("/srv/ledger/wal"u8);

        _log.EmitSyscall("ledger", new SyscallRecord(number, 42, path, -1, 16, -1, new Decision(DecisionKind.Deny, 28, TimeSpan.Zero, null, 0)));

        var e = _log[0];
        Assert.Equal("syscall.write", e.DottedType);
        Assert.Equal("deny(no space left on device)", e.Field("decision"));
        Assert.Equal("ENOSPC", e.Field("errno"));
        Assert.Equal("/srv/ledger/wal", e.Field("path"));
        Assert.Equal("16", e.Field("bytes"));
        Assert.True(FaultedCalls.IsFaulted(e));
    }

    [Fact]
    public void Fields_that_are_not_known_are_left_out()
    {
        EmitWrites(1);

        Assert.Equal(["syscall", "pid", "decision", "bytes"], _log[0].Fields.Select(f => f.Name));
    }

    [Fact]
    public void Indexes_by_type_and_service_keep_the_order_of_the_log()
    {
        _log.Emit("x", "a");
        EmitWrites(3, "b");
        _log.Emit("x", "b");
        _log.Emit("run_started", "");

        Assert.Equal([1L, 5L], _log.OfType("x").Select(e => e.Sequence));
        Assert.Equal([2L, 3L, 4L], _log.OfType("syscall").Select(e => e.Sequence));
        Assert.Equal([2L, 3L, 4L, 5L], _log.OfService("b").Select(e => e.Sequence));
        Assert.Empty(_log.OfType("y"));
        Assert.Empty(_log.OfService("c"));
        Assert.Empty(_log[5].Clock.Components);
    }

    [Fact]
    public void Clocks_equal_those_of_a_plain_implementation_whatever_happens()
    {
        var random = new Random(5);
        string[] actors = ["a", "b", "c", "test"];
        var clocks = actors.ToDictionary(a => a, _ => new SortedDictionary<string, long>(StringComparer.Ordinal));
        for (var i = 0; i < 3000; i++)
        {
            var (one, other) = (actors[random.Next(4)], actors[random.Next(4)]);
            if (random.Next(3) == 0)
            {
                _log.Merge(one, other);
                foreach (var (actor, value) in clocks[one].ToList())
                {
                    clocks[other][actor] = Math.Max(value, clocks[other].GetValueOrDefault(actor));
                }

                continue;
            }

            EmitWrites(1, one);
            clocks[one][one] = clocks[one].GetValueOrDefault(one) + 1;
            Assert.Equal(clocks[one], _log[_log.Count - 1].Clock.Components);
        }
    }

    [Fact]
    public void Concurrent_emitters_get_sequence_numbers_in_the_order_of_the_log()
    {
        var threads = Enumerable.Range(0, 8).Select(i => new Thread(() => EmitWrites(5000, $"s{i}"))).ToList();
        using var subscription = _log.Subscribe(_ => { });
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        _log.Drain();

        Assert.Equal(40_000, _log.Count);
        Assert.All(Enumerable.Range(0, 8).Select(i => $"s{i}"), service =>
            Assert.Equal(Enumerable.Range(1, 5000).Select(n => (long)n), _log.OfService(service).Select(e => e.Clock[service])));
    }

    [Fact]
    public void A_subscriber_sees_later_events_only_and_may_query_the_log()
    {
        _log.Emit("x", "a");
        var counts = new List<int>();
        using (_log.Subscribe(e => counts.Add(_log.OfType(e.Type).Count())))
        {
            _log.Emit("x", "a");
            _log.Drain();
        }

        _log.Emit("x", "a");
        _log.Drain();

        Assert.Equal(2, Assert.Single(counts));
    }

    [Fact]
    public void A_subscriber_may_emit()
    {
        using var subscription = _log.Subscribe(e =>
        {
            if (e.Type == "x")
            {
                _log.Emit("violation", "test");
            }
        });
        _log.Emit("x", "a");
        _log.Drain();

        Assert.Equal(["x", "violation"], _log.From(0).Select(e => e.Type));
    }

    [Fact]
    public void Steps_that_prepare_a_service_are_recorded_but_not_delivered()
    {
        var seen = new List<string>();
        using var subscription = _log.Subscribe(e => seen.Add(e.Type));
        _log.Emit("step_send", "test", new EventField("target", "db"), new EventField("phase", "seed"));
        _log.Emit("service_stopped", "db", new EventField("phase", "running"));
        _log.Drain();

        Assert.Equal(2, _log.Count);
        Assert.Equal(["service_stopped"], seen);
    }

    [Fact]
    public void A_subscriber_that_throws_is_heard_by_whoever_drains_and_stops_nobody_else()
    {
        var seen = 0;
        using var broken = _log.Subscribe(_ => throw new InvalidOperationException("broken monitor"));
        using var healthy = _log.Subscribe(_ => seen++);
        _log.Emit("x", "a");
        _log.Emit("x", "a");

        Assert.Equal("broken monitor", Assert.Throws<InvalidOperationException>(_log.Drain).Message);
        _log.Drain();
        Assert.Equal(2, seen);
    }

    [Fact]
    public void What_was_appended_before_closing_is_still_delivered()
    {
        var seen = 0;
        using var subscription = _log.Subscribe(_ => seen++);
        EmitWrites(1000);
        _log.Close();
        _log.Drain();

        Assert.Equal(1000, seen);
    }

    [Fact]
    public void A_system_call_takes_64_bytes_and_two_positions()
    {
        const int Calls = 400_000;
        EmitWrites(1);
        var before = GC.GetAllocatedBytesForCurrentThread();

        EmitWrites(Calls);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 40_000_000);
    }

    private void EmitWrites(int count, string service = "svc")
    {
        SyscallTable.TryGetNumber("write", out var number);
        var record = new SyscallRecord(number, 42, -1, -1, 16, -1, new Decision(DecisionKind.Allow, 0, TimeSpan.Zero, null, 0));
        for (var i = 0; i < count; i++)
        {
            _log.EmitSyscall(service, record);
        }
    }
}
