using Faultbox.Core.Faults;
using Faultbox.Core.Topology;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>Turns the keywords of a window into rules.</summary>
internal static class FaultRules
{
    /// <summary>Rules of the data keywords of a call on one service. Every keyword is checked before any value is.</summary>
    /// <exception cref="SpecException">A keyword is not known, a value is no fault, or there are no keywords.</exception>
    public static List<FaultRule> Of(in BuiltinCall call, ServiceDefinition service)
    {
        if (call.Keywords.Count == 0)
        {
            throw call.Error("needs at least one fault, for example write = deny(\"EIO\")");
        }

        RefuseRemote(call, service);
        foreach (var (keyword, _) in call.Keywords)
        {
            SyscallKeywords.RequireKnown(call.Label, service, keyword);
        }

        var rules = new List<FaultRule>();
        foreach (var (keyword, value) in call.Keywords)
        {
            if (!value.Is<FaultValue>(out var fault))
            {
                throw call.Error($"{keyword}= must be a fault (delay/deny/allow), got {value.TypeName}; for example {keyword} = deny(\"EIO\")");
            }

            rules.Add(SyscallKeywords.Resolve(call.Label, service, keyword, fault.Fault, call.Position));
        }

        return rules;
    }

    /// <summary>Rules that record the calls of a <c>syscalls=</c> list.</summary>
    /// <exception cref="SpecException">The list or an item is not what it must be.</exception>
    public static List<FaultRule> OfTrace(in BuiltinCall call, ServiceDefinition service)
    {
        RefuseRemote(call, service);
        if (!call.Has("syscalls"))
        {
            throw new SpecException($"{call.Label} requires syscalls= keyword with a list of syscall names, for example syscalls = [\"write\"]");
        }

        var given = call["syscalls"];
        if (!given.Is<StarlarkList>(out _) || !given.TryGetItems(out var items))
        {
            throw call.Error($"syscalls= must be a list, got {given.TypeName}");
        }

        if (items.Count == 0)
        {
            throw call.Error("syscalls= must name at least one call");
        }

        var rules = new List<FaultRule>();
        foreach (var item in items)
        {
            if (!item.TryGetString(out var keyword))
            {
                throw call.Error($"syscalls list items must be strings, got {item.TypeName}");
            }

            rules.Add(SyscallKeywords.Resolve(call.Label, service, keyword, new FaultDefinition { Kind = FaultKind.Trace }, call.Position));
        }

        return rules;
    }

    /// <summary>Refuses faults on system calls of a service whose process is not on this host.</summary>
    /// <exception cref="SpecException">The service is remote.</exception>
    private static void RefuseRemote(in BuiltinCall call, ServiceDefinition service)
    {
        if (service.Remote is not { } remote)
        {
            return;
        }

        var endpoint = $"{service.Name}.{service.Interfaces[0].Name}";
        var hosts = string.Join(", ", remote.Upstreams.Values.Select(u => u.Host).Distinct(StringComparer.Ordinal));
        var keywords = string.Join(", ", call.Keywords.Select(k => $"{k.Key}=").Order(StringComparer.Ordinal));
        throw call.Error(
            $"service \"{service.Name}\" is remote: syscall-level faults ({(keywords.Length == 0 ? "syscalls=" : keywords)}) need a process that Faultbox starts, "
            + $"and it does not own the one on {hosts}. "
            + $"Use rules on its messages: rules=[error(), ...] with target={endpoint} in an assumption, or fault({endpoint}, error(), run=...)");
    }
}
