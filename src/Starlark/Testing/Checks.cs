namespace Starlark.Testing;

/// <summary>The functions by which a script checks itself.</summary>
internal sealed class Checks(CheckRecorder recorder, bool anyError)
{
    /// <summary>What <c>load("assert.star", …)</c> gives: <c>assert</c>, <c>freeze</c>, <c>module</c>, <c>hasfields</c>.</summary>
    public IReadOnlyList<(string Name, Value Value)> Loadable =>
    [
        ("assert", Value.Of(new StarlarkModuleValue("assert", Functions("").ToDictionary(f => f.Name, f => Value.Of(f), StringComparer.Ordinal)))),
        ("freeze", FreezeFunction),
        ("module", Value.Of(new StarlarkBuiltin(new Signature("module", Parameter.PositionOnly("name"), Parameter.Keywords("members")), Module))),
        ("hasfields", HasFieldsFunction),
    ];

    /// <summary>What every script sees without load: <c>assert_eq</c> and its like, <c>freeze</c>, <c>hasfields</c> and <c>fibonacci</c>.</summary>
    public IEnumerable<(string Name, Value Value)> Predeclared =>
    [
        .. Functions("assert_").Select(f => (f.Name == "assert_true" ? "assert_" : f.Name, Value.Of(f))),
        ("freeze", FreezeFunction),
        ("hasfields", HasFieldsFunction),
        ("fibonacci", Value.Of(new FibonacciNumbers())),
    ];

    private static Value FreezeFunction => Value.Of(new StarlarkBuiltin(new Signature("freeze", Parameter.PositionOnly("x")), Freeze));

    private static Value HasFieldsFunction => Value.Of(new StarlarkBuiltin(new Signature("hasfields"), (_, _) => Value.Of(new HasFields())));

    private IEnumerable<StarlarkBuiltin> Functions(string prefix)
    {
        yield return Function("eq", (t, a) => Check(t, Value.Equals(a[0], a[1]), $"{a[0].Repr()} != {a[1].Repr()}"), Two);
        yield return Function("ne", (t, a) => Check(t, !Value.Equals(a[0], a[1]), $"{a[0].Repr()} == {a[1].Repr()}"), Two);
        yield return Function("lt", (t, a) => Check(t, Operators.Compare("<", a[0], a[1]), $"{a[0].Repr()} is not less than {a[1].Repr()}"), Two);
        yield return Function("contains", (t, a) => Check(t, Operators.In(a[1], a[0]), $"{a[0].Repr()} does not contain {a[1].Repr()}"), Two);
        yield return Function(
            "true",
            (t, a) => Check(t, a[0].Truth, a.Has(1) ? a[1].ToString() : "assertion failed"),
            Parameter.Required("cond"),
            Parameter.Optional("msg"));
        yield return Function("fail", (t, a) => Check(t, false, a[0].ToString()), Parameter.PositionOnly("msg"));
        yield return Function("fails", Fails, Parameter.PositionOnly("f"), Parameter.PositionOnly("pattern"));

        StarlarkBuiltin Function(string name, BuiltinBody body, params Parameter[] parameters) => new(new Signature(prefix + name, parameters), body);
    }

    private static Parameter[] Two => [Parameter.PositionOnly("x"), Parameter.PositionOnly("y")];

    private static Value Freeze(StarlarkThread thread, BoundArguments a)
    {
        FreezeVisitor.Freeze(a[0]);
        return a[0];
    }

    private static Value Module(StarlarkThread thread, BoundArguments a) =>
        Value.Of(new StarlarkModuleValue(a.Text(0), a.Keywords.ToDictionary(k => k.Key, k => k.Value, StringComparer.Ordinal)));

    private Value Check(StarlarkThread thread, bool holds, string message)
    {
        recorder.Check(thread, holds, message);
        return Value.None;
    }

    private Value Fails(StarlarkThread thread, BoundArguments a)
    {
        var pattern = a.Text(1);
        try
        {
            thread.Call(a[0]);
            return Check(thread, false, $"no error, want one that matches \"{pattern}\"");
        }
        catch (EvalException e)
        {
            return Check(thread, anyError || Matches(e, pattern), $"error \"{Named(e)}\" does not match \"{pattern}\"");
        }
    }

    /// <summary>The message, after the name of the builtin that raised it.</summary>
    internal static string Named(EvalException e) =>
        e.Builtin is null || e.Message.StartsWith(e.Builtin, StringComparison.Ordinal) ? e.Message : $"{e.Builtin}: {e.Message}";

    private static bool Matches(EvalException e, string pattern) =>
        ErrorPattern.IsMatch(e.Message, pattern) || ErrorPattern.IsMatch(Named(e), pattern);
}
