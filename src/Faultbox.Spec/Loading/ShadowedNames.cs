using Faultbox.Core.Diagnostics;
using Faultbox.Spec.Registry;
using Starlark.Syntax;

namespace Faultbox.Spec.Loading;

/// <summary>Finds modules that give the name of a builtin to something of their own.</summary>
internal static class ShadowedNames
{
    private static readonly HashSet<string> Builtins =
        [.. BuiltinTable.All.Select(b => b.Name), .. RemovedNames.All.Select(r => r.Key), "json", "math"];

    /// <summary>One finding per name and module.</summary>
    public static IEnumerable<Diagnostic> Find(IReadOnlyList<LoadedModule> modules) => modules.SelectMany(Find);

    private static IEnumerable<Diagnostic> Find(LoadedModule module)
    {
        var bound = BoundNames(module.Tree.Statements)
            .Where(n => Builtins.Contains(n.Name))
            .DistinctBy(n => n.Name);
        foreach (var name in bound)
        {
            yield return new Diagnostic("BUILTIN_SHADOWED", $"{module.Tree.File} gives the name of the builtin {name.Name} to something of its own")
            {
                Position = new Core.SourcePosition(module.Tree.File, name.Start.Line, name.Start.Column),
            };
        }
    }

    private static IEnumerable<NameExpression> BoundNames(IEnumerable<Statement> statements) => statements.SelectMany(s => s switch
    {
        DefStatement def => [def.Name],
        AssignStatement assign => Targets(assign.Target),
        LoadStatement load => load.Names.Select(n => n.Local),
        ForStatement loop => [.. Targets(loop.Target), .. BoundNames(loop.Body)],
        IfStatement choice => choice.Branches.SelectMany(b => BoundNames(b.Body)),
        _ => (IEnumerable<NameExpression>)[],
    });

    private static IEnumerable<NameExpression> Targets(Expression target) => target switch
    {
        NameExpression name => [name],
        TupleExpression tuple => tuple.Items.SelectMany(Targets),
        ListExpression list => list.Items.SelectMany(Targets),
        _ => [],
    };
}
