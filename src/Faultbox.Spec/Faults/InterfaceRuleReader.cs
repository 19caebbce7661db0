using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols;
using Faultbox.Protocols.Protobuf;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>Turns the rules that a window names into rules on one interface, and refuses those that could never act there.</summary>
internal static class InterfaceRuleReader
{
    private const string Families = "response, error, delay, drop, duplicate, wire.*, tls_fault.*, http_fault.*, grpc_fault.*, dgram.*";

    /// <summary>Rules of values in order; lists in it are taken apart.</summary>
    /// <param name="call">The call.</param>
    /// <param name="target">Interface they are for.</param>
    /// <param name="values">Rules, or lists of them.</param>
    /// <param name="what">What the values are called in messages, for example <c>rules</c>.</param>
    /// <param name="source">Consumer that all of them are limited to; null for none.</param>
    public static List<ProxyRule> Read(in BuiltinCall call, InterfaceRefValue target, IReadOnlyList<Value> values, string what, string? source)
    {
        var rules = new List<ProxyRule>();
        for (var i = 0; i < values.Count; i++)
        {
            Add(call, target, values[i], $"{what}[{i}]", source, rules);
        }

        return rules.Count > 0
            ? rules
            : throw call.Error($"needs at least one rule on messages, for example error(path=\"/orders\", status=503) or drop()");
    }

    /// <summary>What the proxy of an interface can do.</summary>
    /// <exception cref="SpecException">Its protocol has no proxy.</exception>
    public static ProxySupport SupportOf(in BuiltinCall call, InterfaceRefValue target) =>
        ProtocolRegistry.ProxyOf(target.Definition.Protocol)
        ?? throw call.Error($"{target.Address} speaks \"{target.Definition.Protocol}\", which has no proxy: no rule can reach its messages");

    /// <summary>The consumer that <c>source=</c> names.</summary>
    public static string? Source(in BuiltinCall call, InterfaceRefValue target)
    {
        if (!call.Has("source"))
        {
            return null;
        }

        var source = call["source"].Is<ServiceValue>(out var service) ? service.Name : throw call.WrongType("source=", "service", call["source"]);
        RequireRoute(call, target, source);
        return source;
    }

    private static void Add(
        in BuiltinCall call, InterfaceRefValue target, Value value, string what, string? source, List<ProxyRule> rules)
    {
        if (value.TryGetItems(out var items))
        {
            for (var i = 0; i < items.Count; i++)
            {
                Add(call, target, items[i], $"{what}[{i}]", source, rules);
            }

            return;
        }

        if (!value.Is<ProxyFaultValue>(out var rule))
        {
            var hint = value.Is<FaultValue>(out _)
                ? $"; faults on system calls act on a service: fault({target.Service.Name}, write = ...)"
                : "";
            throw call.Error($"{what} must be a rule on messages ({Families}), got {value.TypeName}{hint}");
        }

        var fault = source is null ? rule.Fault : rule.Fault with { Source = source };
        if (rule.Fault.Source is { } own && source is not null && own != source)
        {
            throw call.Error($"{what} has source={own}, which source={source} of the window excludes");
        }

        if (fault.Source is { } limited)
        {
            RequireRoute(call, target, limited);
        }

        if (RuleRefusal.Of(target.Definition, SupportOf(call, target), fault) is { } refusal)
        {
            throw call.Error($"{refusal} ({target.Address})");
        }

        rules.Add(new ProxyRule(Encoded(call, target, fault), call.Position));
    }

    /// <summary>The rule with its answer in the types of the interface.</summary>
    private static ProxyFault Encoded(in BuiltinCall call, InterfaceRefValue target, ProxyFault fault)
    {
        try
        {
            return SupportOf(call, target).Encode is { } encode ? encode(fault, target.Definition.Schema) : fault;
        }
        catch (ProtobufException e)
        {
            throw call.Error($"{ProxyRuleText.Builtin(fault)}(): {e.Message} ({target.Address})");
        }
    }

    private static void RequireRoute(in BuiltinCall call, InterfaceRefValue target, string source)
    {
        if (source == target.Service.Name)
        {
            throw call.Error($"source= must be a consumer of {target.Address}, got its owner \"{source}\"");
        }

        if (call.Scope.Registry.Services.FirstOrDefault(s => s.Name == source)?.Definition.Kind == ServiceKind.Remote)
        {
            throw call.Error($"source= must be a consumer of {target.Address}, got the remote \"{source}\": it runs elsewhere, and nothing it sends passes the proxy of {target.Address}");
        }
    }
}
