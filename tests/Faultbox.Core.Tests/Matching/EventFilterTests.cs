using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Core.Matching;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Tests.Matching;

public class EventFilterTests
{
    private readonly EventLog _log = new(TimeProvider.System);

    [Theory]
    [InlineData("", "anything", true)]
    [InlineData("write", "write", true)]
    [InlineData("write", "writev", false)]
    [InlineData("/data/*", "/data/a", true)]
    [InlineData("/data/*", "/data/a/b", true)]
    [InlineData("deny*", "deny(input/output error)", true)]
    [InlineData("*.wal", "/srv/a.wal", true)]
    [InlineData("*/b", "/a/c", false)]
    [InlineData("a*c", "abc", true)]
    [InlineData("a?c", "abc", false)]
    [InlineData("[ab]*", "b1", true)]
    public void A_pattern_is_exact_without_a_star_and_a_glob_prefix_or_suffix_with_one(string pattern, string value, bool matches) =>
        Assert.Equal(matches, new EventPattern(pattern).Matches(value));

    [Theory]
    [InlineData("decision", "deny(input/output error)", true)]
    [InlineData("decision", "deny(EIO)", true)]
    [InlineData("decision", "deny(ENOSPC)", false)]
    [InlineData("decision", "deny*", true)]
    [InlineData("path", "/srv/a.wal", true)]
    [InlineData("path", "d/../a.wal", true)]
    [InlineData("path", "/srv/b.wal", false)]
    [InlineData("service", "ledger", true)]
    [InlineData("type", "syscall", true)]
    [InlineData("type", "syscall.write", false)]
    [InlineData("event_type", "syscall.write", true)]
    [InlineData("label", "", true)]
    [InlineData("label", "x", false)]
    public void Keys_know_their_other_spellings(string key, string pattern, bool matches) =>
        Assert.Equal(matches, Filter((key, pattern)).Matches(DeniedWrite()));

    [Fact]
    public void All_criteria_must_hold()
    {
        Assert.True(Filter(("service", "ledger"), ("syscall", "write")).Matches(DeniedWrite()));
        Assert.False(Filter(("service", "ledger"), ("syscall", "read")).Matches(DeniedWrite()));
        Assert.True(Filter().Matches(DeniedWrite()));
    }

    [Fact]
    public void The_nearest_events_are_those_of_the_service_with_most_criteria_in_log_order()
    {
        _log.Emit("stdout", "db", new EventField("op", "INSERT"), new EventField("table", "orders"));
        _log.Emit("stdout", "api", new EventField("op", "INSERT"), new EventField("table", "users"));
        _log.Emit("stdout", "api", new EventField("op", "SELECT"), new EventField("table", "users"));
        _log.Emit("stdout", "api", new EventField("op", "INSERT"), new EventField("table", "items"));
        _log.Emit("service_ready", "cache");

        var nearest = NearestEvents.Find(Filter(("service", "api"), ("op", "INSERT"), ("table", "orders")), _log.From(0));

        Assert.Equal([2L, 3L, 4L], nearest.Select(e => e.Sequence));
        Assert.Equal("#2 stdout service=api op=INSERT table=users", NearestEvents.Describe(nearest[0]));
    }

    [Theory]
    [InlineData("wrte", "write")]
    [InlineData("WRITE", "write")]
    [InlineData("f_sync", "fsync")]
    [InlineData("wirte", "write")]
    [InlineData("xyzzy", null)]
    [InlineData("ab", null)]
    public void The_nearest_name_is_offered_below_half_the_length(string word, string? expected) =>
        Assert.Equal(expected, NearestName.Find(word, ["read", "write", "fsync", "connect"]));

    private TraceEvent DeniedWrite()
    {
        SyscallTable.TryGetNumber("write", out var number);
        var path = _log.Paths.Intern("/srv/a.wal"u8);
        var raw = _log.Paths.Intern("d/../a.wal"u8);
        _log.EmitSyscall("ledger", new SyscallRecord(number, 1, path, raw, 16, -1, new Decision(DecisionKind.Deny, 5, TimeSpan.Zero, null, 0)));
        return _log[_log.Count - 1];
    }

    private static EventFilter Filter(params (string Key, string Pattern)[] criteria) =>
        new(criteria.Select(c => KeyValuePair.Create(c.Key, c.Pattern)));
}
