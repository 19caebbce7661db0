using System.Runtime.InteropServices;
using Faultbox.Core.Faults;

namespace Faultbox.Core.Events;

/// <summary>
/// One slot of the log: 64 bytes without references, so a log of any length costs the collector nothing. System calls are stored whole;
/// for every other event <see cref="Number"/> is <see cref="GeneralEvent"/> and <see cref="Reference"/> finds its object.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LogEntry
{
    /// <summary><see cref="Number"/> of an event that is no system call.</summary>
    public const int GeneralEvent = int.MinValue;

    /// <summary>Nanoseconds since the log was opened.</summary>
    public long Offset;

    /// <summary>Requested size, or -1.</summary>
    public long Bytes;

    /// <summary>Index of the actor, or -1.</summary>
    public int Actor;

    /// <summary>Index of the clock snapshot shared by all events since the actor's last merge.</summary>
    public int Clock;

    /// <summary>The actor's own clock component.</summary>
    public int Tick;

    /// <summary>System call number.</summary>
    public int Number;

    /// <summary>Calling thread.</summary>
    public int ThreadId;

    /// <summary>Interned path, or -1.</summary>
    public int PathId;

    /// <summary>Interned path as the caller wrote it, or -1.</summary>
    public int RawPathId;

    /// <summary>Interned destination, or -1.</summary>
    public int DestinationId;

    /// <summary>Index of the rule that fired (-1 for none), or of the event object.</summary>
    public int Reference;

    /// <summary>Number of the match within the rule.</summary>
    public int Occurrence;

    /// <summary>Index of who made the call, or -1.</summary>
    public int Caller;

    /// <summary>Errno of a denied call.</summary>
    public short Errno;

    /// <summary>Kind of the decision.</summary>
    public DecisionKind Kind;
}
