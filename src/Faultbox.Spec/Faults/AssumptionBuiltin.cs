using Faultbox.Spec.Properties;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary><c>fault_assumption()</c>.</summary>
internal static class AssumptionBuiltin
{
    /// <summary>The declaration.</summary>
    public static BuiltinDeclaration FaultAssumption { get; } = new(
        "fault_assumption",
        "Names a set of fault rules, to be put in force with fault(assumption, run = …), fault_scenario() or fault_matrix().",
        Run,
        ParameterDeclaration.Required("name", "string", "Name in plans and reports."),
        ParameterDeclaration.Keyword("target", "service or interface_ref", "None", "What its own rules act on: an interface for rules=; for system calls a service, or an interface of it."),
        ParameterDeclaration.Keyword("description", "string", "None", "Text for plans and reports."),
        ParameterDeclaration.Keyword("monitors", "list of monitors", "[]", "Watch while the assumption is in force, instead of all the time."),
        ParameterDeclaration.Keyword("rules", "list of proxy_faults", "[]", "Rules on the messages of the target, in order; lists in it are taken apart."),
        ParameterDeclaration.Keyword("faults", "list of fault_assumptions", "[]", "Assumptions it is composed of; for one call of a service the last rule wins."),
        new ParameterDeclaration("keywords", "fault", "One rule per keyword: a named operation of the target, a family, or a system call.") { Form = ParameterForm.Keywords })
    {
        IsLabelled = true,
        Sandbox = SandboxRule.Forbidden,
        Returns = "fault_assumption",
    };

    private static Value Run(in BuiltinCall call)
    {
        var name = call.Text("name");
        if (name.Length == 0)
        {
            throw call.Error("name must not be empty");
        }

        call.OptionalText("description");
        if (call.Has("target") && ServiceOf(call["target"]) is null)
        {
            throw call.Error($"target must be a service or an interface_ref, got {call["target"].TypeName}");
        }

        var rules = Own(call);
        var messageRules = OwnOnMessages(call);
        var monitors = MonitorWatches.Read(call);
        var children = call.Items("faults");
        for (var i = 0; i < children.Count; i++)
        {
            if (!children[i].Is<FaultAssumptionValue>(out var child))
            {
                throw call.Error($"faults[{i}] must be a fault_assumption, got {children[i].TypeName}");
            }

            rules.AddRange(child.Rules);
            messageRules.AddRange(child.MessageRules);
            monitors.AddRange(child.Monitors);
        }

        var assumption = new FaultAssumptionValue(name, rules, messageRules, call.Position) { Monitors = monitors };
        if (call.Scope.IsLoading)
        {
            call.Scope.Registry.Add(assumption);
        }

        return Value.Of(assumption);
    }

    private static List<TargetedMessageRule> OwnOnMessages(in BuiltinCall call)
    {
        var given = call.Items("rules");
        if (given.Count == 0)
        {
            return [];
        }

        if (!call["target"].Is<InterfaceRefValue>(out var target))
        {
            throw call.Error(call["target"].Is<ServiceValue>(out var service)
                ? $"rules= act on an interface; write target = {service.Name}.{service.Definition.Interfaces.FirstOrDefault()?.Name ?? "<interface>"}"
                : $"target must be an interface_ref with rules=, got {call["target"].TypeName}");
        }

        return [.. InterfaceRuleReader.Read(call, target, given, "rules", source: null).Select(r => new TargetedMessageRule(target.Address, r))];
    }

    private static List<TargetedRule> Own(in BuiltinCall call)
    {
        if (call.Keywords.Count == 0)
        {
            return [];
        }

        var keywords = string.Join(", ", call.Keywords.Select(k => k.Key));
        if (!call.Has("target"))
        {
            throw call.Error($"target= is required with faults on system calls ({keywords})");
        }

        var service = ServiceOf(call["target"])!;
        return [.. FaultRules.Of(call, service.Definition).Select(r => new TargetedRule(service.Name, r))];
    }

    /// <summary>The service that a target is or belongs to; null when it is neither a service nor an interface.</summary>
    private static ServiceValue? ServiceOf(Value target) =>
        target.Is<ServiceValue>(out var service) ? service
        : target.Is<InterfaceRefValue>(out var reference) ? reference.Service
        : null;
}
