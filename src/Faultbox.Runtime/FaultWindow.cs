using Faultbox.Core;

namespace Faultbox.Runtime;

/// <summary>Handle of an open fault or trace window on one service.</summary>
public sealed class FaultWindow
{
    internal FaultWindow(string service, bool isTrace, bool isStarted, SourcePosition position)
    {
        Service = service;
        IsTrace = isTrace;
        IsStarted = isStarted;
        Position = position;
    }

    /// <summary>Service the window is on.</summary>
    public string Service { get; }

    /// <summary>True for a window that only records.</summary>
    public bool IsTrace { get; }

    /// <summary>True when the window stays open until it is stopped by name.</summary>
    public bool IsStarted { get; }

    /// <summary>Where it was opened.</summary>
    public SourcePosition Position { get; }
}
