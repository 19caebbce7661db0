namespace Starlark;

/// <summary>Short forms for declaring the methods of built-in types.</summary>
internal static class Method
{
    /// <summary>A method with position-only parameters; a name ending in <c>?</c> may be left out.</summary>
    public static BuiltinMethod Of(string name, string parameters, MethodBody body, ShortBody? shortBody = null) =>
        new(new Signature(name, Parameters(parameters)), body) { Short = shortBody };

    /// <summary>Parameters from their names: <c>x?</c> optional, <c>*x</c> the rest, <c>**x</c> the keywords, <c>x=</c> by keyword too.</summary>
    public static Parameter[] Parameters(string names) =>
        [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Parameter)];

    private static Parameter Parameter(string name)
    {
        if (name.StartsWith("**", StringComparison.Ordinal))
        {
            return Starlark.Parameter.Keywords(name[2..]);
        }

        if (name[0] == '*')
        {
            return Starlark.Parameter.Rest(name[1..]);
        }

        if (name.EndsWith('='))
        {
            return Starlark.Parameter.Optional(name[..^1]);
        }

        return name.EndsWith('?') ? Starlark.Parameter.PositionOnly(name[..^1], required: false) : Starlark.Parameter.PositionOnly(name);
    }
}
