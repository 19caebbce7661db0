using Faultbox.Core;
using Faultbox.Core.Faults;

namespace Faultbox.Runtime;

/// <summary>Handle of an open fault or trace window on one service.</summary>
public sealed class FaultWindow
{
    internal FaultWindow(string service, bool isTrace, bool isStarted, SourcePosition position, RuleWindow? rules)
    {
        Service = service;
        IsTrace = isTrace;
        IsStarted = isStarted;
        Position = position;
        Rules = rules;
    }

    /// <summary>Service the window is on.</summary>
    public string Service { get; }

    /// <summary>True for a window that only records.</summary>
    public bool IsTrace { get; }

    /// <summary>True when the window stays open until it is stopped by name.</summary>
    public bool IsStarted { get; }

    /// <summary>Where it was opened.</summary>
    public SourcePosition Position { get; }

    /// <summary>The rules in force; null when the calls of the service are not intercepted.</summary>
    internal RuleWindow? Rules { get; }
}
