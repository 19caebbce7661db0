using Faultbox.Core.Proxying;

namespace Faultbox.Runtime.Proxying;

/// <summary>The protocol side of a window: the rules in force on one interface, and where the window is in the log.</summary>
/// <param name="Rules">Rules of the interface.</param>
/// <param name="Window">The rules of this window.</param>
/// <param name="Assumption">Name of the assumption that brought them; null when they were given directly.</param>
/// <param name="OpenedSequence">Event that announced it.</param>
internal sealed record ProxyFaultWindow(InterfaceRules Rules, ProxyWindow Window, string? Assumption, long OpenedSequence)
{
    /// <summary>Event that announced its end; 0 while it is open.</summary>
    public long ClosedSequence { get; set; }

    /// <summary>Why rules matched nothing, by rule; filled at the end.</summary>
    public Dictionary<ActiveProxyRule, string> Hints { get; } = [];

    /// <summary>The name of a rule in results: <c>interface:action</c>.</summary>
    public string KeywordOf(ActiveProxyRule rule) => $"{Rules.Target.Interface}:{InterfaceRules.ActionName(rule.Fault)}";
}
