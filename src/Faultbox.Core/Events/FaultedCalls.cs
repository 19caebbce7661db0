using Faultbox.Core.Faults;

namespace Faultbox.Core.Events;

/// <summary>The one definition of a faulted system call, for terminal, JSON, logs and reports.</summary>
public static class FaultedCalls
{
    /// <summary>True for a <c>syscall</c> event whose decision changed what the service saw.</summary>
    public static bool IsFaulted(TraceEvent e) => e.Type == EventNames.Syscall && e.Field("decision") is { } decision && IsFaulted(decision);

    /// <summary>True for a decision that is neither a plain run nor a mere recording.</summary>
    public static bool IsFaulted(string decision) =>
        !decision.StartsWith("allow", StringComparison.Ordinal)
        && decision != "trace"
        && !decision.StartsWith("hold(", StringComparison.Ordinal)
        && !decision.StartsWith("virtual_", StringComparison.Ordinal);

    /// <summary>The same, without making the text.</summary>
    public static bool IsFaulted(DecisionKind kind) =>
        kind is DecisionKind.Deny or DecisionKind.Delay or DecisionKind.Kill or DecisionKind.DenyReleased;
}
