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
    public void A_system_call_costs_little_memory_and_no_garbage()
    {
        const int Calls = 200_000;
        SyscallTable.TryGetNumber("write", out var number);
        var record = new SyscallRecord(number, 42, -1, -1, 16, -1, new Decision(DecisionKind.Allow, 0, TimeSpan.Zero, null, 0));
        _log.EmitSyscall("svc", record);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < Calls; i++)
        {
            _log.EmitSyscall("svc", record);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (double)Calls, 0, 100);
    }
}
