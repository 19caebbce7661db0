namespace Starlark.Syntax;

// Tuples, conditionals, lambdas and operators, from the loosest to the tightest.
internal sealed partial class Parser
{
    private static readonly (TokenKind Kind, string Text)[][] Levels =
    [
        [(TokenKind.Pipe, "|")],
        [(TokenKind.Caret, "^")],
        [(TokenKind.Ampersand, "&")],
        [(TokenKind.LessLess, "<<"), (TokenKind.GreaterGreater, ">>")],
        [(TokenKind.Plus, "+"), (TokenKind.Minus, "-")],
        [(TokenKind.Star, "*"), (TokenKind.Slash, "/"), (TokenKind.SlashSlash, "//"), (TokenKind.Percent, "%")],
    ];

    /// <summary>A test, or several with commas between: a tuple.</summary>
    private Expression ParseTupleOrTest(bool enclosed = false)
    {
        var first = ParseTest();
        if (_token.Kind != TokenKind.Comma)
        {
            return first;
        }

        var items = new List<Expression> { first };
        while (_token.Kind == TokenKind.Comma)
        {
            var comma = _token.Start;
            Advance();
            if (EndsTuple(_token.Kind))
            {
                if (!enclosed)
                {
                    _errors.Add(comma, "unparenthesized tuple with trailing comma: write (x,)");
                }

                break;
            }

            items.Add(ParseTest());
        }

        return Tuple(items, first.Start, parenthesized: false);
    }

    private TupleExpression Tuple(List<Expression> items, TextPosition start, bool parenthesized) =>
        new(items, parenthesized) { Start = start, End = _lastEnd, Depth = Deepest(items) };

    private static bool EndsTuple(TokenKind kind) => kind is TokenKind.Newline or TokenKind.EndOfFile or TokenKind.Equal or TokenKind.Semicolon
        or TokenKind.RightParen or TokenKind.RightBracket or TokenKind.RightBrace or TokenKind.In
        || AugmentedOperator(kind) is not null;

    private Expression ParseTest()
    {
        Enter(_token.Start);
        var start = _token.Start;
        if (_token.Kind == TokenKind.Lambda)
        {
            var lambda = ParseLambda(conditionalBody: true);
            Leave();
            return lambda;
        }

        var value = ParseOr();
        if (Take(TokenKind.If))
        {
            var condition = ParseOr();
            if (_token.Kind != TokenKind.Else)
            {
                throw Fail(_token.Start, "conditional expression without else clause");
            }

            Advance();
            var otherwise = ParseTest();
            value = Checked(new ConditionalExpression(condition, value, otherwise)
            {
                Start = start,
                End = _lastEnd,
                Depth = Deeper(condition, value, otherwise),
            });
        }

        Leave();
        return value;
    }

    private Expression ParseTestWithoutConditional()
    {
        Enter(_token.Start);
        var test = _token.Kind == TokenKind.Lambda ? ParseLambda(conditionalBody: false) : ParseOr();
        Leave();
        return test;
    }

    private LambdaExpression ParseLambda(bool conditionalBody)
    {
        var start = _token.Start;
        Advance();
        var parameters = ParseParameters(TokenKind.Colon);
        Expect(TokenKind.Colon, "':'");
        var value = conditionalBody ? ParseTest() : ParseTestWithoutConditional();
        var body = new ReturnStatement(value) { Start = value.Start, End = value.End };
        var function = new FunctionSyntax("lambda", parameters, [body]) { Start = start, End = _lastEnd };
        return new LambdaExpression(function) { Start = start, End = _lastEnd, Depth = value.Depth + 1 };
    }

    private Expression ParseOr()
    {
        var left = ParseAnd();
        while (_token.Kind == TokenKind.Or)
        {
            left = ParseRight(left, "or", ParseAnd);
        }

        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (_token.Kind == TokenKind.And)
        {
            left = ParseRight(left, "and", ParseNot);
        }

        return left;
    }

    private BinaryExpression ParseRight(Expression left, string operation, Func<Expression> operand)
    {
        var at = _token.Start;
        Advance();
        return Binary(operation, left, operand(), at);
    }

    private BinaryExpression Binary(string operation, Expression left, Expression right, TextPosition at) =>
        Checked(new BinaryExpression(operation, left, right) { Start = left.Start, End = _lastEnd, OperatorPosition = at, Depth = Deeper(left, right) });

    private Expression ParseNot()
    {
        if (_token.Kind != TokenKind.Not)
        {
            return ParseComparison();
        }

        var start = _token.Start;
        Enter(start);
        Advance();
        var operand = ParseNot();
        Leave();
        return new UnaryExpression("not", operand) { Start = start, End = _lastEnd, Depth = operand.Depth + 1 };
    }

    private Expression ParseComparison()
    {
        var left = ParseBinary(0);
        if (ComparisonOperator() is not { } operation)
        {
            return left;
        }

        var at = _token.Start;
        Advance();
        if (operation == "not in")
        {
            Expect(TokenKind.In, "in");
        }

        var right = ParseBinary(0);
        if (ComparisonOperator() is { } next)
        {
            throw Fail(_token.Start, $"{operation} does not associate with {next}: comparison operators do not chain, write a {operation} b and b {next} c");
        }

        return Binary(operation, left, right, at);
    }

    private string? ComparisonOperator()
    {
        if (_token is { Kind: TokenKind.Reserved, Text: "is" })
        {
            throw Fail(_token.Start, Keywords.AdviceFor("is"));
        }

        return _token.Kind switch
        {
            TokenKind.EqualEqual => "==",
            TokenKind.NotEqual => "!=",
            TokenKind.Less => "<",
            TokenKind.LessEqual => "<=",
            TokenKind.Greater => ">",
            TokenKind.GreaterEqual => ">=",
            TokenKind.In => "in",
            TokenKind.Not => "not in",
            _ => null,
        };
    }

    private Expression ParseBinary(int level)
    {
        if (level == Levels.Length)
        {
            return ParseUnary();
        }

        var left = ParseBinary(level + 1);
        while (Operator(level) is { } operation)
        {
            var at = _token.Start;
            Advance();
            left = Binary(operation, left, ParseBinary(level + 1), at);
        }

        return left;
    }

    private string? Operator(int level)
    {
        foreach (var (kind, text) in Levels[level])
        {
            if (_token.Kind == kind)
            {
                return text;
            }
        }

        return null;
    }

    private Expression ParseUnary()
    {
        var operation = _token.Kind switch { TokenKind.Minus => "-", TokenKind.Plus => "+", TokenKind.Tilde => "~", _ => null };
        if (operation is null)
        {
            return ParsePower();
        }

        var start = _token.Start;
        Enter(start);
        Advance();
        var operand = ParseUnary();
        Leave();
        if (operation == "-" && operand is LiteralExpression { Value: var number } && Numbers.IsNumber(number))
        {
            return new LiteralExpression(Operators.Negate(number)) { Start = start, End = _lastEnd };
        }

        return new UnaryExpression(operation, operand) { Start = start, End = _lastEnd, Depth = operand.Depth + 1 };
    }

    private Expression ParsePower()
    {
        var operand = ParsePrimary();
        if (_token.Kind != TokenKind.StarStar)
        {
            return operand;
        }

        var at = _token.Start;
        if (!_options.Power)
        {
            throw Fail(at, "the operator ** is not supported");
        }

        Enter(at);
        Advance();
        var exponent = ParseUnary();
        Leave();
        return Binary("**", operand, exponent, at);
    }
}
