using Faultbox.Core.Leaves;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Testing;

/// <summary><c>choose()</c>.</summary>
internal static class ChooseBuiltin
{
    /// <summary><c>choose()</c>.</summary>
    public static BuiltinDeclaration Choose { get; } = new(
        "choose",
        "Makes the test run once for every option and returns that of this run. Without a name the first option is returned and nothing fans out.",
        Run,
        new ParameterDeclaration("arguments", "string, list", "An optional name, then the options: a list or tuple that is not empty.") { Form = ParameterForm.Rest })
    {
        Phase = CallPhase.Run,
        Returns = "any",
    };

    private static Value Run(in BuiltinCall call)
    {
        var given = call.Rest;
        if (given.Length is not (1 or 2))
        {
            throw call.Error($"takes a list of options, or a name and a list of options, got {given.Length} arguments");
        }

        string? name = null;
        if (given.Length == 2 && !given[0].TryGetString(out name))
        {
            throw call.Error($"name must be a string, got {given[0].TypeName}");
        }

        if (given[^1].TryGetString(out _) || !given[^1].TryGetItems(out var options))
        {
            throw call.Error($"options must be a list, got {given[^1].TypeName}");
        }

        if (options.Count == 0)
        {
            throw call.Error("options must not be empty");
        }

        if (name is null || options.Count == 1)
        {
            return options[0];
        }

        var (axis, digit) = call.Scope.RunningSession.Leaf.Consult(new Axis(AxisKind.Choice, name, options.Count));
        return axis.Size == options.Count
            ? options[digit]
            : throw call.Error($"\"{name}\" was asked for with {axis.Size} options before and now with {options.Count}");
    }
}
