using Faultbox.Core.Topology;
using Faultbox.Linux.Processes;

namespace Faultbox.Core.Faults;

/// <summary>The words for rules in events, summaries and messages.</summary>
public static class RuleText
{
    /// <summary>The action word: <c>deny</c>, <c>delay</c>, <c>kill</c>, <c>allow</c> or <c>trace</c>.</summary>
    public static string Action(FaultDefinition fault) => fault.Kind switch
    {
        FaultKind.Deny => "deny",
        FaultKind.Delay => "delay",
        FaultKind.Trace => "trace",
        FaultKind.Kill => "kill",
        _ => "allow",
    };

    /// <summary>Errno names of a deny, duration of a delay, signal of a kill, otherwise null.</summary>
    public static string? Detail(FaultDefinition fault) => fault.Kind switch
    {
        FaultKind.Deny => string.Join(",", fault.Errnos.Select(e => e.Name)),
        FaultKind.Kill => Signals.NameOf(fault.Signal) + (fault.KillsAfterwards ? ",after" : ""),
        FaultKind.Delay => Durations.Text(fault.Delay) + (fault.Then is { } then ? $",then={Call(then)}" : ""),
        _ => null,
    };

    /// <summary>The rule as windows announce it: <c>deny(ENOSPC) → filter:[write,writev,pwrite64] label="disk"</c>.</summary>
    public static string Summary(FaultRule rule) =>
        $"{Call(rule.Fault)} → filter:[{string.Join(",", Shown(rule))}]" + (rule.Fault.Label is { } label ? $" label=\"{label}\"" : "");

    /// <summary>The restrictions as a specification writes them: <c>to="cache", bytes_gt=4096</c>.</summary>
    public static string Scope(FaultScope scope)
    {
        List<string> parts = [];
        Add("path", string.Join("\", \"", scope.Paths));
        Add("on", scope.On == DescriptorKinds.Any ? "" : scope.On.ToString().ToLowerInvariant().Replace(", ", "\", \"", StringComparison.Ordinal));
        Add("to", string.Join("\", \"", scope.Destinations));
        Add("process", scope.Process);
        Add("thread", scope.Thread);
        Add("exe", scope.Executable);
        Add("role", scope.Role);
        if (scope.BytesAbove is { } above)
        {
            parts.Add($"bytes_gt={above}");
        }

        if (scope.BytesBelow is { } below)
        {
            parts.Add($"bytes_lt={below}");
        }

        return string.Join(", ", parts);

        void Add(string keyword, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                parts.Add($"{keyword}=\"{value}\"");
            }
        }
    }

    private static string Call(FaultDefinition fault) => Detail(fault) is { } detail ? $"{Action(fault)}({detail})" : Action(fault);

    private static IReadOnlyList<string> Shown(FaultRule rule) => rule.BaseSyscalls.Count > 0 ? rule.BaseSyscalls : rule.Syscalls;
}
