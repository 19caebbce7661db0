namespace Faultbox.Core.Faults;

/// <summary>What was decided about one intercepted call.</summary>
public enum DecisionKind : byte
{
    /// <summary>Run.</summary>
    Allow,

    /// <summary>Run; a rule was skipped because the path belongs to the system.</summary>
    AllowSystemPath,

    /// <summary>Fail with an errno.</summary>
    Deny,

    /// <summary>Run after a pause.</summary>
    Delay,

    /// <summary>Run; a trace window recorded it.</summary>
    Trace,

    /// <summary>The service dies at the call.</summary>
    Kill,

    /// <summary>Wait in a queue until somebody releases the call.</summary>
    Hold,

    /// <summary>Run, released from a queue.</summary>
    AllowReleased,

    /// <summary>Fail with an errno, released from a queue.</summary>
    DenyReleased,
}

/// <summary>A decision with the rule that made it.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Errno">Errno number for <see cref="DecisionKind.Deny"/> and <see cref="DecisionKind.DenyReleased"/>, signal number for <see cref="DecisionKind.Kill"/>.</param>
/// <param name="Delay">Pause for <see cref="DecisionKind.Delay"/>.</param>
/// <param name="Rule">The rule that fired, or null.</param>
/// <param name="Occurrence">Number of the match within the rule, from 1; 0 without a rule.</param>
public readonly record struct Decision(DecisionKind Kind, int Errno, TimeSpan Delay, ActiveRule? Rule, int Occurrence);

/// <summary>One intercepted call as it is stored in the log.</summary>
/// <param name="Number">System call number of this architecture.</param>
/// <param name="ThreadId">Thread, in Faultbox's own process namespace.</param>
/// <param name="PathId">Interned path, or -1.</param>
/// <param name="RawPathId">Interned path as the caller wrote it when it differs, or -1.</param>
/// <param name="Bytes">Requested size, or -1.</param>
/// <param name="DestinationId">Interned destination text, or -1.</param>
/// <param name="Decision">What was decided.</param>
public readonly record struct SyscallRecord(
    int Number, int ThreadId, int PathId, int RawPathId, long Bytes, int DestinationId, Decision Decision)
{
    /// <summary>Who made the call, where the rule that fired asks for it; otherwise null.</summary>
    public Caller? Caller { get; init; }
}
