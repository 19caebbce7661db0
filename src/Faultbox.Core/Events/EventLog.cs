using System.Runtime.CompilerServices;
using Faultbox.Core.Faults;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Events;

/// <summary>
/// The append-only log of one leaf. Appending assigns the sequence number and the vector clock under one lock; system calls are
/// stored as fixed-size records whose text is made when somebody reads them. Reading needs no lock.
/// </summary>
public sealed class EventLog
{
    private const int NoActor = -1;

    private readonly TimeProvider _time;
    private readonly long _openedAt;
    private readonly DateTime _openedUtc;

    private readonly Lock _append = new();
    private readonly PlainList<LogEntry> _entries = new();
    private readonly SegmentedList<GeneralEvent> _general = new(segmentBits: 6);
    private readonly SegmentedList<Actor> _actors = new(segmentBits: 4);
    private readonly SegmentedList<ActiveRule> _rules = new(segmentBits: 4);
    private readonly SegmentedList<ActorClock.Snapshot> _snapshots = new(segmentBits: 6);
    private readonly Dictionary<string, int> _actorIndexes = new(StringComparer.Ordinal);
    private readonly Dictionary<ActiveRule, int> _ruleIndexes = new(ReferenceEqualityComparer.Instance);
    private readonly SegmentedList<Caller> _callers = new(segmentBits: 4);
    private readonly Dictionary<Caller, int> _callerIndexes = [];
    private readonly EventIndex _byType = new();

    private EventDispatcher? _dispatcher;
    private bool _closed;

    /// <summary>Opens an empty log.</summary>
    /// <param name="time">Clock of the timestamps.</param>
    /// <param name="paths">Table in which the paths and destinations of system calls are interned; a new one when not given.</param>
    public EventLog(TimeProvider time, PathTable? paths = null)
    {
        _time = time;
        Paths = paths ?? new PathTable();
        _openedAt = time.GetTimestamp();
        _openedUtc = time.GetUtcNow().UtcDateTime;
    }

    /// <summary>Size of the record of one event in bytes, before anybody reads it and it becomes text.</summary>
    public static int BytesPerEvent => Unsafe.SizeOf<LogEntry>();

    /// <summary>Number of events.</summary>
    public int Count => _entries.Count;

    /// <summary>Table in which the paths and destinations of the log's system calls are interned.</summary>
    public PathTable Paths { get; }

    /// <summary>Event at an index from 0, materialized.</summary>
    public TraceEvent this[int index] => Materialize(index);

    /// <summary>Appends an event and returns its sequence number; 0 when the log is closed.</summary>
    /// <param name="type">Short type, for example <c>step_send</c>.</param>
    /// <param name="service">Actor; empty for events of the whole run, which carry no clock.</param>
    /// <param name="fields">Fields in the order they are shown.</param>
    public long Emit(string type, string service, params ReadOnlySpan<EventField> fields)
    {
        var general = new GeneralEvent(type, fields.ToArray());
        long sequence;
        lock (_append)
        {
            if (_closed)
            {
                return 0;
            }

            var entry = new LogEntry { Number = LogEntry.GeneralEvent, Reference = _general.Count };
            _general.Add(general);
            sequence = Append(ref entry, type, service);
        }

        WakeDispatcher();
        return sequence;
    }

    /// <summary>Appends a system call of a service without allocating.</summary>
    public long EmitSyscall(string service, in SyscallRecord record)
    {
        long sequence;
        lock (_append)
        {
            if (_closed)
            {
                return 0;
            }

            var entry = new LogEntry
            {
                Number = record.Number,
                ThreadId = record.ThreadId,
                PathId = record.PathId,
                RawPathId = record.RawPathId,
                DestinationId = record.DestinationId,
                Bytes = record.Bytes,
                Kind = record.Decision.Kind,
                Errno = (short)record.Decision.Errno,
                Occurrence = record.Decision.Occurrence,
                Reference = record.Decision.Rule is { } rule ? IndexOf(rule) : -1,
                Caller = record.Caller is { } caller ? IndexOf(caller) : -1,
            };
            sequence = Append(ref entry, EventNames.Syscall, service);
        }

        WakeDispatcher();
        return sequence;
    }

    /// <summary>Merges the clock of one actor into another.</summary>
    public void Merge(string from, string into)
    {
        lock (_append)
        {
            if (!_closed && from.Length > 0 && into.Length > 0)
            {
                _actors[IndexOfActor(into)].Clock.Merge(_actors[IndexOfActor(from)].Clock);
            }
        }
    }

    /// <summary>Merges the clocks of all other actors into one: for a message whose sender cannot be told.</summary>
    public void MergeAll(string into)
    {
        lock (_append)
        {
            if (_closed || into.Length == 0)
            {
                return;
            }

            var target = _actors[IndexOfActor(into)].Clock;
            for (var i = 0; i < _actors.Count; i++)
            {
                target.Merge(_actors[i].Clock);
            }
        }
    }

    /// <summary>Events from an index on, in order, as far as they exist at the time of the call.</summary>
    public IEnumerable<TraceEvent> From(int index) => Range(Math.Max(index, 0), Count);

    /// <summary>Events from an index up to, not including, another.</summary>
    public IEnumerable<TraceEvent> Range(int from, int to)
    {
        for (var index = from; index < to; index++)
        {
            yield return Materialize(index);
        }
    }

    /// <summary>Events of one short type, in order, as far as they exist at the time of the call.</summary>
    public IEnumerable<TraceEvent> OfType(string type) => Select(_byType.Find(type));

    /// <summary>Events of one actor, in order, as far as they exist at the time of the call.</summary>
    public IEnumerable<TraceEvent> OfService(string service)
    {
        PlainList<int>? indexes;
        lock (_append)
        {
            indexes = _actorIndexes.TryGetValue(service, out var actor) ? _actors[actor].Events : null;
        }

        return Select(indexes);
    }

    /// <summary>Reads a system call without making any text; false when the event at the index is something else.</summary>
    public bool TryGetSyscall(int index, out string service, out SyscallRecord record)
    {
        var entry = _entries[index];
        service = ServiceOf(entry);
        if (entry.Number == LogEntry.GeneralEvent)
        {
            record = default;
            return false;
        }

        record = RecordOf(entry);
        return true;
    }

    /// <summary>Monotonic nanoseconds since the log was opened.</summary>
    public long Elapsed => (long)(_time.GetElapsedTime(_openedAt).Ticks * TimeSpan.NanosecondsPerTick);

    /// <summary>
    /// Delivers every later event to a handler, in sequence order, on the log's dispatcher thread and without any lock held; dispose to
    /// end. Events that prepare a service (steps of its seed, reset or readiness) are not delivered.
    /// </summary>
    public IDisposable Subscribe(Action<TraceEvent> handler)
    {
        lock (_append)
        {
            _dispatcher ??= new EventDispatcher(this, Count, _closed);
            return _dispatcher.Add(handler, Count);
        }
    }

    /// <summary>
    /// Waits until subscribers have seen every event appended before the call. An exception that a subscriber has thrown since the last
    /// call is thrown here.
    /// </summary>
    public void Drain() => Volatile.Read(ref _dispatcher)?.Drain(Count);

    /// <summary>Drops every later event. What was appended before is still delivered.</summary>
    public void Close()
    {
        lock (_append)
        {
            _closed = true;
        }

        Volatile.Read(ref _dispatcher)?.Complete();
    }

    private long Append(ref LogEntry entry, string type, string service)
    {
        entry.Offset = Elapsed;
        entry.Actor = NoActor;
        var index = _entries.Count;
        if (service.Length > 0)
        {
            entry.Actor = IndexOfActor(service);
            var actor = _actors[entry.Actor];
            actor.Clock.Tick();
            entry.Tick = actor.Clock.Ticks;
            entry.Clock = actor.Clock.SnapshotIndex;
            actor.Events.Add(index);
        }

        _entries.Add(entry);
        _byType.Add(type, index);
        return index + 1;
    }

    private int IndexOfActor(string name)
    {
        if (!_actorIndexes.TryGetValue(name, out var index))
        {
            index = _actors.Count;
            _actors.Add(new Actor(name, new ActorClock(name, _snapshots), new PlainList<int>()));
            _actorIndexes.Add(name, index);
        }

        return index;
    }

    private int IndexOf(Caller caller)
    {
        if (!_callerIndexes.TryGetValue(caller, out var index))
        {
            index = _callers.Count;
            _callers.Add(caller);
            _callerIndexes.Add(caller, index);
        }

        return index;
    }

    private int IndexOf(ActiveRule rule)
    {
        if (!_ruleIndexes.TryGetValue(rule, out var index))
        {
            index = _rules.Count;
            _rules.Add(rule);
            _ruleIndexes.Add(rule, index);
        }

        return index;
    }

    private void WakeDispatcher() => Volatile.Read(ref _dispatcher)?.Wake();

    private IEnumerable<TraceEvent> Select(PlainList<int>? indexes) => indexes is null ? [] : Select(indexes, indexes.Count);

    private IEnumerable<TraceEvent> Select(PlainList<int> indexes, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var index = indexes[i];
            if (index < Count)
            {
                yield return Materialize(index);
            }
        }
    }

    private TraceEvent Materialize(int index)
    {
        var entry = _entries[index];
        var (type, fields) = entry.Number == LogEntry.GeneralEvent
            ? _general[entry.Reference]
            : new GeneralEvent(EventNames.Syscall, SyscallText.Fields(RecordOf(entry), Paths));
        return new TraceEvent
        {
            Sequence = index + 1,
            OffsetNanoseconds = entry.Offset,
            Timestamp = _openedUtc.AddTicks(entry.Offset / TimeSpan.NanosecondsPerTick),
            Type = type,
            Service = ServiceOf(entry),
            Fields = fields,
            Clock = entry.Actor == NoActor ? VectorClock.Empty : _snapshots[entry.Clock].At(entry.Tick),
        };
    }

    private string ServiceOf(in LogEntry entry) => entry.Actor == NoActor ? "" : _actors[entry.Actor].Name;

    private SyscallRecord RecordOf(in LogEntry entry)
    {
        var rule = entry.Reference < 0 ? null : _rules[entry.Reference];
        var delay = rule is not null && entry.Kind is DecisionKind.Delay or DecisionKind.Deny ? rule!.Rule.Fault.Delay : default;
        return new SyscallRecord(
            entry.Number, entry.ThreadId, entry.PathId, entry.RawPathId, entry.Bytes, entry.DestinationId,
            new Decision(entry.Kind, entry.Errno, delay, rule, entry.Occurrence))
        {
            Caller = entry.Caller < 0 ? null : _callers[entry.Caller],
        };
    }

    private readonly record struct GeneralEvent(string Type, EventField[] Fields);

    private sealed record Actor(string Name, ActorClock Clock, PlainList<int> Events);
}
