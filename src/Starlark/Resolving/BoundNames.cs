using Starlark.Syntax;

namespace Starlark.Resolving;

/// <summary>Names that statements bind in their own block; nested functions and comprehensions bind their own.</summary>
internal static class BoundNames
{
    /// <summary>Names bound by assignments, loops and definitions, in source order.</summary>
    public static IEnumerable<NameExpression> Of(IEnumerable<Statement> statements)
    {
        foreach (var statement in statements)
        {
            foreach (var name in Of(statement))
            {
                yield return name;
            }
        }
    }

    /// <summary>Names in an assignment target.</summary>
    public static IEnumerable<NameExpression> OfTarget(Expression target) => target switch
    {
        NameExpression name => [name],
        TupleExpression t => t.Items.SelectMany(OfTarget),
        ListExpression l => l.Items.SelectMany(OfTarget),
        _ => [],
    };

    private static IEnumerable<NameExpression> Of(Statement statement) => statement switch
    {
        AssignStatement { Operation: null } s => OfTarget(s.Target),
        AssignStatement { Target: NameExpression name } => [name],
        DefStatement s => [s.Name],
        ForStatement s => OfTarget(s.Target).Concat(Of(s.Body)),
        WhileStatement s => Of(s.Body),
        IfStatement s => s.Branches.SelectMany(b => Of(b.Body)),
        _ => [],
    };
}
