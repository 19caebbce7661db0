namespace Starlark.Syntax;

// What can stand left of an assignment.
internal sealed partial class Parser
{
    /// <summary>Loop variables: primary expressions with commas between.</summary>
    private Expression ParseLoopVariables()
    {
        var start = _token.Start;
        var first = ParsePrimary();
        CheckTarget(first, augmented: false);
        if (_token.Kind != TokenKind.Comma)
        {
            return first;
        }

        var items = new List<Expression> { first };
        while (Take(TokenKind.Comma) && _token.Kind != TokenKind.In)
        {
            var item = ParsePrimary();
            CheckTarget(item, augmented: false);
            items.Add(item);
        }

        return Tuple(items, start, parenthesized: false);
    }

    private static string? AugmentedOperator(TokenKind kind) => kind switch
    {
        TokenKind.PlusEqual => "+",
        TokenKind.MinusEqual => "-",
        TokenKind.StarEqual => "*",
        TokenKind.SlashEqual => "/",
        TokenKind.SlashSlashEqual => "//",
        TokenKind.PercentEqual => "%",
        TokenKind.StarStarEqual => "**",
        TokenKind.AmpersandEqual => "&",
        TokenKind.PipeEqual => "|",
        TokenKind.CaretEqual => "^",
        TokenKind.LessLessEqual => "<<",
        TokenKind.GreaterGreaterEqual => ">>",
        _ => null,
    };

    private void CheckTarget(Expression target, bool augmented)
    {
        switch (target)
        {
            case NameExpression or IndexExpression or DotExpression:
                return;
            case TupleExpression { Items: var items } when !augmented:
                CheckTargets(items);
                return;
            case ListExpression { Items: var items } when !augmented:
                CheckTargets(items);
                return;
            default:
                throw Fail(target.Start, target is TupleExpression or ListExpression
                    ? $"can't use {(target is TupleExpression ? "tuple" : "list")} expression in augmented assignment"
                    : $"can't assign to {KindOf(target)}: the left side is a name, an index or an attribute{(augmented ? "" : ", or a list or tuple of these")}");
        }
    }

    private void CheckTargets(IReadOnlyList<Expression> items)
    {
        foreach (var item in items)
        {
            CheckTarget(item, augmented: false);
        }
    }

    private static string KindOf(Expression expression) => expression switch
    {
        LiteralExpression => "literal",
        UnaryExpression => "unaryexpr",
        BinaryExpression => "binaryexpr",
        ConditionalExpression => "condexpr",
        LambdaExpression => "lambdaexpr",
        CallExpression => "callexpr",
        SliceExpression => "sliceexpr",
        DictExpression => "dictexpr",
        _ => "comprehension",
    };
}
