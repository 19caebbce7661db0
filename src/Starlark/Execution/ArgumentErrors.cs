namespace Starlark.Execution;

/// <summary>The messages for arguments that do not fit a function.</summary>
internal static class ArgumentErrors
{
    public static EvalException TooMany(FunctionCode code, int given)
    {
        var least = Enumerable.Range(0, code.Positional).Count(i => code.Defaults[i] < 0);
        var wanted = code.Positional == 0 ? "no arguments"
            : $"{(least < code.Positional ? "at most " : "")}{code.Positional} positional argument{(code.Positional == 1 ? "" : "s")}";
        return new EvalException($"function {code.Name} accepts {wanted} ({given} given)");
    }

    public static EvalException Unexpected(FunctionCode code, string name)
    {
        var near = NearestName.Find(name, code.Parameters);
        return new EvalException($"function {code.Name} got an unexpected keyword argument {name}{(near is null ? "" : $" (did you mean {near}?)")}");
    }

    /// <summary>A keyword that is written and comes from a dictionary too.</summary>
    public static EvalException Repeated(Value target, string name) => new(target.Ref is StarlarkFunction function
        ? $"function {function.Name} got multiple values for parameter \"{name}\""
        : $"{(target.Ref as StarlarkCallable)?.Name}: duplicate keyword arg: \"{name}\"");

    public static EvalException Missing(FunctionCode code, ReadOnlySpan<Value> locals)
    {
        var missing = new List<string>();
        for (var i = 0; i < code.Parameters.Length; i++)
        {
            if (code.Defaults[i] < 0 && locals[code.Slots[i]].IsUnset)
            {
                missing.Add(code.Parameters[i]);
            }
        }

        return new EvalException($"function {code.Name} missing {missing.Count} argument{(missing.Count == 1 ? "" : "s")} ({string.Join(", ", missing)})");
    }
}
