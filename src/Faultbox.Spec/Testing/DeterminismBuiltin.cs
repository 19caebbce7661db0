using Faultbox.Core.Determinism;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Testing;

/// <summary><c>determinism()</c>.</summary>
internal static class DeterminismBuiltin
{
    /// <summary><c>determinism()</c>.</summary>
    public static BuiltinDeclaration Determinism { get; } = new(
        "determinism",
        "Asks for a level of determinism, once per specification. At L1, services with faults are watched for clocks, random bytes, name lookups and connections to where nothing is declared.",
        Run,
        ParameterDeclaration.Keyword("level", "string", "\"L1\"", "\"L0\": the same tests for the same seed; \"L1\": also the same mediated events in the same causal order."),
        ParameterDeclaration.Keyword("runtime", "string", "\"default\"", "Only \"default\"."),
        ParameterDeclaration.Keyword("strict", "bool", "True", "Whether a source of nondeterminism that is not tolerated fails its test; at L1 only."),
        ParameterDeclaration.Keyword("allow", "list of strings", "[]", $"Tolerated sources: {string.Join(", ", DeterminismPolicy.Categories)}."))
    {
        Phase = CallPhase.Load,
    };

    /// <summary>The categories of a list parameter.</summary>
    /// <exception cref="SpecException">It is no list of known categories.</exception>
    public static IReadOnlyList<string> Categories(in BuiltinCall call, string parameter)
    {
        var categories = new List<string>();
        foreach (var item in call.Items(parameter))
        {
            if (!item.TryGetString(out var category))
            {
                throw call.Error($"{parameter} items must be strings, got {item.TypeName}");
            }

            if (!DeterminismPolicy.Categories.Contains(category))
            {
                throw call.Error($"{parameter}: unknown category \"{category}\"; known: {string.Join(", ", DeterminismPolicy.Categories)}");
            }

            categories.Add(category);
        }

        return categories;
    }

    private static Value Run(in BuiltinCall call)
    {
        var level = call.OptionalText("level") ?? "L1";
        if (level is "L2" or "L3" or "L4" or "L5")
        {
            throw call.Error($"level \"{level}\" is reserved; L0 and L1 are supported");
        }

        if (level is not ("L0" or "L1"))
        {
            throw call.Error($"unknown level \"{level}\"; L0 and L1 are supported");
        }

        switch (call.OptionalText("runtime"))
        {
            case null or "default":
                break;
            case "gvisor":
                throw call.Error("runtime = \"gvisor\" needs the packet gateway, which this version of Faultbox does not have; leave it out");
            case var runtime:
                throw call.Error($"unknown runtime \"{runtime}\"; \"default\" is supported");
        }

        if (level == "L0" && call.Has("strict"))
        {
            throw call.Error("strict= has no effect at level L0, where no service is watched; leave it out or ask for level = \"L1\"");
        }

        call.Scope.Registry.SetDeterminism(
            new DeterminismPolicy
            {
                Detects = level == "L1",
                IsExplicit = true,
                Strict = level == "L1" && call.Flag("strict", true),
                Allowed = Categories(call, "allow"),
            },
            call.Position);
        return Value.None;
    }
}
