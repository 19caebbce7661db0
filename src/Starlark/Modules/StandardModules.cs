namespace Starlark;

/// <summary>What most embedders offer besides the language itself: <c>json</c>, <c>math</c>, <c>time</c>, <c>struct</c>.</summary>
public static class StandardModules
{
    /// <summary>The function <c>struct(**fields)</c>.</summary>
    public static StarlarkBuiltin Struct { get; } = new(
        new Signature("struct", Parameter.Rest("args"), Parameter.Keywords("fields")),
        (_, a) => a.Variadic.IsEmpty
            ? Value.Of(new StarlarkStruct(a.Keywords))
            : throw new EvalException("struct: unexpected positional arguments; write struct(name = value)"));

    /// <summary>Adds all of them.</summary>
    /// <param name="names">Names of the embedder.</param>
    /// <param name="clock">Clock of <c>time.now()</c>.</param>
    public static void AddTo(Predeclared names, TimeProvider clock)
    {
        names.Add("json", Value.Of(JsonModule.Value));
        names.Add("math", Value.Of(MathModule.Value));
        names.Add("time", Value.Of(TimeModule.Create(clock)));
        names.Add("struct", Value.Of(Struct));
    }
}
