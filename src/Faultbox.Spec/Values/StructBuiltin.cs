using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Values;

/// <summary><c>struct()</c>.</summary>
internal static class StructBuiltin
{
    /// <summary>The declaration.</summary>
    public static BuiltinDeclaration Struct { get; } = new(
        "struct",
        "An immutable record of named fields.",
        (in BuiltinCall call) => call.Rest.Length > 0
            ? throw new SpecException("struct: unexpected positional arguments; write struct(name = value)")
            : Value.Of(new StarlarkStruct(call.Keywords)),
        new ParameterDeclaration("args", "", "None are taken.") { Form = ParameterForm.Rest },
        new ParameterDeclaration("fields", "any", "The fields.") { Form = ParameterForm.Keywords })
    {
        Returns = "struct",
    };
}
