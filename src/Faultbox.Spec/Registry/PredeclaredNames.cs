using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Registry;

/// <summary>The names that every module sees besides those of the language itself.</summary>
internal static class PredeclaredNames
{
    /// <summary>All of them.</summary>
    public static Predeclared Create()
    {
        var names = new Predeclared { Hint = NameHints.For };
        foreach (var builtin in BuiltinTable.All.Where(b => b.Namespace is null))
        {
            names.Add(builtin.Name, Value.Of(new SpecBuiltin(builtin)));
        }

        foreach (var members in BuiltinTable.All.Where(b => b.Namespace is not null).GroupBy(b => b.Namespace!))
        {
            names.Add(members.Key, Value.Of(new NamespaceValue(members.Key, members)));
        }

        foreach (var (name, replacement) in RemovedNames.All)
        {
            names.Add(name, Value.Of(Removed(name, replacement)));
        }

        names.Add("json", Value.Of(JsonModule.Value));
        names.Add("math", Value.Of(MathModule.Value));
        return names;
    }

    private static StarlarkBuiltin Removed(string name, string replacement) => new(
        new Signature(name, Parameter.Rest("args"), Parameter.Keywords("kwargs")),
        (_, _) => throw new EvalException($"{name}() was removed; write {replacement}"));
}
