using Faultbox.Core;
using Faultbox.Core.Faults;
using Faultbox.Core.Topology;
using Faultbox.Runtime.Proxying;

namespace Faultbox.Runtime;

/// <summary>Handle of an open fault or trace window on one service or one of its interfaces.</summary>
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

    internal FaultWindow(InterfaceAddress target, bool isStarted, SourcePosition position, ProxyFaultWindow proxy)
        : this(target.Service, isTrace: false, isStarted, position, rules: null) => Proxy = proxy;

    /// <summary>Service the window is on.</summary>
    public string Service { get; }

    /// <summary>True for a window that only records.</summary>
    public bool IsTrace { get; }

    /// <summary>True when the window stays open until it is stopped by name.</summary>
    public bool IsStarted { get; }

    /// <summary>Where it was opened.</summary>
    public SourcePosition Position { get; }

    /// <summary>The rules on messages in force; null for a window on system calls.</summary>
    internal ProxyFaultWindow? Proxy { get; }

    /// <summary>The rules in force; null when the calls of the service are not intercepted.</summary>
    internal RuleWindow? Rules { get; }
}
