using Faultbox.Core.Faults;

namespace Faultbox.Core.Events;

/// <summary>
/// The append-only log of one leaf. Appending assigns the sequence number and the vector clock under one lock; system calls are
/// stored as fixed-size records whose text is made when somebody reads them.
/// </summary>
public sealed class EventLog
{
    /// <summary>Opens an empty log.</summary>
    /// <param name="time">Clock of the timestamps.</param>
    public EventLog(TimeProvider time) => _ = time;

    /// <summary>Number of events.</summary>
    public int Count => 0;

    /// <summary>Event at an index from 0, materialized.</summary>
    public TraceEvent this[int index] => throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Appends an event and returns its sequence number; 0 when the log is closed.</summary>
    public long Emit(string type, string service, params ReadOnlySpan<EventField> fields) => 0;

    /// <summary>Appends a system call of a service without allocating.</summary>
    public long EmitSyscall(string service, in SyscallRecord record) => 0;

    /// <summary>Merges the clock of one actor into another.</summary>
    public void Merge(string from, string into)
    {
    }

    /// <summary>Events from an index on, in order, as far as they exist at the time of the call.</summary>
    public IEnumerable<TraceEvent> From(int index) => [];

    /// <summary>Delivers every later event to a handler, in sequence order, on the dispatcher; dispose to end.</summary>
    public IDisposable Subscribe(Action<TraceEvent> handler) => throw new InvalidOperationException();

    /// <summary>Waits until subscribers have seen every event appended before the call.</summary>
    public void Drain()
    {
    }

    /// <summary>Drops every later event.</summary>
    public void Close()
    {
    }
}
