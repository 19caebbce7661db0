using Starlark;

namespace Faultbox.Spec.Registry;

/// <summary>Makes the language's signatures of declared builtins.</summary>
internal static class Signatures
{
    /// <summary>
    /// The signature of a declaration. Nothing in it is required: what is missing is said with the label of the call, see
    /// <see cref="RequireAll"/>.
    /// </summary>
    public static Signature Of(BuiltinDeclaration declaration) =>
        new($"{declaration.Name}()", [.. declaration.Parameters.Select(p => new Parameter(p.Name, KindOf(p.Form)))]);

    /// <summary>Refuses a call that lacks a required argument.</summary>
    /// <exception cref="SpecException">An argument is missing.</exception>
    public static void RequireAll(BuiltinDeclaration declaration, string label, BoundArguments arguments)
    {
        if (declaration.ReportsMissing)
        {
            return;
        }

        var missing = new List<string>();
        for (var i = 0; i < declaration.Parameters.Length; i++)
        {
            var parameter = declaration.Parameters[i];
            if (parameter.IsRequired && !arguments.Has(i))
            {
                missing.Add(parameter.Name);
            }
        }

        if (missing.Count > 0)
        {
            throw new SpecException($"{label}: missing required argument{(missing.Count > 1 ? "s" : "")} {string.Join(", ", missing)}");
        }
    }

    private static ParameterKind KindOf(ParameterForm form) => form switch
    {
        ParameterForm.Positional => ParameterKind.Positional,
        ParameterForm.Keyword => ParameterKind.Keyword,
        ParameterForm.Rest => ParameterKind.Variadic,
        ParameterForm.Keywords => ParameterKind.KeywordVariadic,
        _ => ParameterKind.Plain,
    };
}
