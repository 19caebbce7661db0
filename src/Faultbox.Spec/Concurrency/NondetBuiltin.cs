using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Concurrency;

/// <summary><c>nondet()</c>.</summary>
internal static class NondetBuiltin
{
    /// <summary><c>nondet()</c>.</summary>
    public static BuiltinDeclaration Nondet { get; } = new(
        "nondet",
        "Lets the calls of services pass every gate of parallel(): in a body for that test, at module level for all. Without an argument it is a choice that nobody explores: True.",
        Run,
        new ParameterDeclaration("services", "service", "Services that are not gated.") { Form = ParameterForm.Rest })
    {
        UnknownKeyword = "unknown keyword (keyword arguments are not accepted):",
        Sandbox = SandboxRule.Forbidden,
        Returns = "None or bool",
    };

    private static Value Run(in BuiltinCall call)
    {
        if (call.Rest.Length == 0)
        {
            return Value.Of(true);
        }

        var names = new List<string>();
        foreach (var given in call.Rest)
        {
            names.Add(given.Is<ServiceValue>(out var service)
                ? service.Name
                : throw call.Error($"argument {names.Count} must be a service, got {given.TypeName}"));
        }

        if (call.Scope.Session is { } session)
        {
            names.ForEach(session.Ungate);
        }
        else
        {
            call.Scope.Registry.Ungated.UnionWith(names);
        }

        return Value.None;
    }
}
