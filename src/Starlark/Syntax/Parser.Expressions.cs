namespace Starlark.Syntax;

internal sealed partial class Parser
{
    private const int MaximumArguments = 255;

    private static readonly (TokenKind Kind, string Text)[][] Levels =
    [
        [(TokenKind.Pipe, "|")],
        [(TokenKind.Caret, "^")],
        [(TokenKind.Ampersand, "&")],
        [(TokenKind.LessLess, "<<"), (TokenKind.GreaterGreater, ">>")],
        [(TokenKind.Plus, "+"), (TokenKind.Minus, "-")],
        [(TokenKind.Star, "*"), (TokenKind.Slash, "/"), (TokenKind.SlashSlash, "//"), (TokenKind.Percent, "%")],
    ];

    private static int Deeper(params ReadOnlySpan<Expression?> children)
    {
        var depth = 0;
        foreach (var child in children)
        {
            depth = Math.Max(depth, child?.Depth ?? 0);
        }

        return depth + 1;
    }

    private static int Deepest(List<Expression> children, int depth = 0)
    {
        foreach (var child in children)
        {
            depth = Math.Max(depth, child.Depth);
        }

        return depth + 1;
    }

    private T Checked<T>(T expression)
        where T : Expression =>
        expression.Depth <= MaximumDepth ? expression : throw Fail(expression.Start, $"expression has more than {MaximumDepth} levels: compute parts of it in statements of their own");

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
        or TokenKind.RightParen or TokenKind.RightBracket or TokenKind.RightBrace or TokenKind.Colon or TokenKind.In
        || AugmentedOperator(kind) is not null;

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
            Expect(TokenKind.In, "'in' after not");
        }

        var right = ParseBinary(0);
        if (ComparisonOperator() is { } next)
        {
            throw Fail(_token.Start, $"comparison operators do not chain: {operation} is followed by {next}; write a {operation} b and b {next} c");
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

    private Expression ParsePrimary()
    {
        var x = ParseAtom();
        while (true)
        {
            switch (_token.Kind)
            {
                case TokenKind.Dot:
                    Advance();
                    x = ParseAttribute(x);
                    break;
                case TokenKind.LeftParen:
                    x = ParseCall(x);
                    break;
                case TokenKind.LeftBracket:
                    x = ParseSubscript(x);
                    break;
                default:
                    return x;
            }
        }
    }

    /// <summary>After a dot every keyword and reserved word is an ordinary name.</summary>
    private DotExpression ParseAttribute(Expression operand)
    {
        var name = _token;
        if (name.Text.Length == 0 || !(char.IsLetter(name.Text, 0) || name.Text[0] == '_'))
        {
            throw Unexpected("want an attribute name after the dot");
        }

        Advance();
        return Checked(new DotExpression(operand, name.Text) { Start = operand.Start, End = _lastEnd, NamePosition = name.Start, Depth = operand.Depth + 1 });
    }

    private CallExpression ParseCall(Expression callee)
    {
        var parenthesis = _token.Start;
        Advance();
        var arguments = new List<Argument>();
        while (_token.Kind != TokenKind.RightParen)
        {
            arguments.Add(ParseArgument());
            if (_token.Kind == TokenKind.For && arguments is [{ Kind: ArgumentKind.Positional }])
            {
                throw Fail(_token.Start, "generator expressions are not supported: use a list comprehension in brackets");
            }

            if (!Take(TokenKind.Comma))
            {
                break;
            }
        }

        Expect(TokenKind.RightParen, "',' or ')'");
        CheckArguments(arguments);
        return Checked(new CallExpression(callee, arguments)
        {
            Start = callee.Start,
            End = _lastEnd,
            Parenthesis = parenthesis,
            Depth = Math.Max(Deeper(callee), Deepest([.. arguments.Select(a => a.Value)])),
        });
    }

    private Argument ParseArgument()
    {
        var start = _token.Start;
        if (Take(TokenKind.Star))
        {
            return new Argument(ArgumentKind.Spread, null, ParseTest()) { Start = start, End = _lastEnd };
        }

        if (Take(TokenKind.StarStar))
        {
            return new Argument(ArgumentKind.KeywordSpread, null, ParseTest()) { Start = start, End = _lastEnd };
        }

        var value = ParseTest();
        if (_token.Kind != TokenKind.Equal)
        {
            return new Argument(ArgumentKind.Positional, null, value) { Start = start, End = _lastEnd };
        }

        if (value is not NameExpression name)
        {
            throw Fail(value.Start, "keyword argument must have form name=expr");
        }

        Advance();
        return new Argument(ArgumentKind.Named, name.Name, ParseTest()) { Start = start, End = _lastEnd };
    }

    private void CheckArguments(List<Argument> arguments)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var (positional, spread, keywords) = (0, false, false);
        foreach (var argument in arguments)
        {
            switch (argument.Kind)
            {
                case ArgumentKind.Positional:
                    positional++;
                    if (keywords)
                    {
                        _errors.Add(argument.Start, "positional argument may not follow **kwargs");
                    }
                    else if (spread)
                    {
                        _errors.Add(argument.Start, "positional argument may not follow *args");
                    }
                    else if (names.Count > 0)
                    {
                        _errors.Add(argument.Start, "positional argument may not follow named");
                    }

                    break;
                case ArgumentKind.Named when !names.Add(argument.Name!):
                    _errors.Add(argument.Start, $"keyword argument {argument.Name} repeated");
                    break;
                case ArgumentKind.Named when keywords && !_options.KeywordAfterSpread:
                    _errors.Add(argument.Start, "keyword argument may not follow **kwargs");
                    break;
                case ArgumentKind.Spread when keywords || spread:
                    _errors.Add(argument.Start, keywords ? "*args may not follow **kwargs" : "multiple *args not allowed");
                    break;
                case ArgumentKind.KeywordSpread when keywords:
                    _errors.Add(argument.Start, "multiple **kwargs not allowed");
                    break;
            }

            spread |= argument.Kind == ArgumentKind.Spread;
            keywords |= argument.Kind == ArgumentKind.KeywordSpread;
        }

        if (positional > MaximumArguments || names.Count > MaximumArguments)
        {
            _errors.Add(arguments[0].Start, $"a call may have at most {MaximumArguments} {(positional > MaximumArguments ? "positional" : "keyword")} arguments");
        }
    }

    private Expression ParseSubscript(Expression operand)
    {
        var start = _token.Start;
        Advance();
        Expression? from = null;
        if (_token.Kind != TokenKind.Colon)
        {
            from = ParseTupleOrTest(enclosed: true);
            if (Take(TokenKind.RightBracket))
            {
                return Checked(new IndexExpression(operand, from) { Start = operand.Start, End = _lastEnd, Depth = Deeper(operand, from) });
            }
        }

        Expect(TokenKind.Colon, "':' or ']'");
        var to = _token.Kind is TokenKind.Colon or TokenKind.RightBracket ? null : ParseTest();
        var step = Take(TokenKind.Colon) && _token.Kind != TokenKind.RightBracket ? ParseTest() : null;
        Expect(TokenKind.RightBracket, "']'");
        return Checked(new SliceExpression(operand, from, to, step) { Start = operand.Start, End = _lastEnd, Depth = Deeper(operand, from, to, step) });
    }

    private Expression ParseAtom()
    {
        var token = _token;
        switch (token.Kind)
        {
            case TokenKind.Identifier:
                Advance();
                return new NameExpression(token.Text) { Start = token.Start, End = token.End };
            case TokenKind.Int or TokenKind.Float or TokenKind.String or TokenKind.Bytes:
                Advance();
                if (_token.Kind is TokenKind.String or TokenKind.Bytes && token.Kind is TokenKind.String or TokenKind.Bytes)
                {
                    throw Fail(_token.Start, "adjacent string literals are not joined: use +");
                }

                return new LiteralExpression(LiteralValue(token)) { Start = token.Start, End = token.End };
            case TokenKind.LeftParen:
                return ParseParenthesis();
            case TokenKind.LeftBracket:
                return ParseList();
            case TokenKind.LeftBrace:
                return ParseBraces();
            default:
                throw Unexpected("want an expression");
        }
    }

    private Expression ParseParenthesis()
    {
        var start = _token.Start;
        Advance();
        if (Take(TokenKind.RightParen))
        {
            return Tuple([], start, parenthesized: true);
        }

        var inner = ParseTupleOrTest(enclosed: true);
        if (_token.Kind == TokenKind.For)
        {
            throw Fail(_token.Start, "generator expressions are not supported: use a list comprehension in brackets");
        }

        Expect(TokenKind.RightParen, "',' or ')'");
        return inner is TupleExpression { IsParenthesized: false } tuple ? Tuple([.. tuple.Items], start, parenthesized: true) : inner;
    }

    private Expression ParseList()
    {
        var start = _token.Start;
        Advance();
        var items = new List<Expression>();
        while (_token.Kind != TokenKind.RightBracket)
        {
            items.Add(ParseTest());
            if (_token.Kind == TokenKind.For && items.Count == 1)
            {
                var comprehension = ParseComprehension(items[0], null, start, TokenKind.RightBracket);
                return comprehension;
            }

            if (!Take(TokenKind.Comma))
            {
                break;
            }
        }

        Expect(TokenKind.RightBracket, "',' or ']'");
        return new ListExpression(items) { Start = start, End = _lastEnd, Depth = Deepest(items) };
    }

    private Expression ParseBraces()
    {
        var start = _token.Start;
        Advance();
        var entries = new List<DictEntry>();
        while (_token.Kind != TokenKind.RightBrace)
        {
            var key = ParseTest();
            if (_token.Kind is TokenKind.Comma or TokenKind.RightBrace or TokenKind.For)
            {
                throw Fail(start, "set literals and set comprehensions are not supported: use set([...])");
            }

            Expect(TokenKind.Colon, "':' after a dictionary key");
            var value = ParseTest();
            if (_token.Kind == TokenKind.For && entries.Count == 0)
            {
                var comprehension = ParseComprehension(key, value, start, TokenKind.RightBrace);
                return comprehension;
            }

            entries.Add(new DictEntry(key, value));
            if (!Take(TokenKind.Comma))
            {
                break;
            }
        }

        Expect(TokenKind.RightBrace, "',' or '}'");
        return new DictExpression(entries)
        {
            Start = start,
            End = _lastEnd,
            Depth = Deepest([.. entries.Select(e => e.Key), .. entries.Select(e => e.Value)]),
        };
    }

    private ComprehensionExpression ParseComprehension(Expression body, Expression? value, TextPosition start, TokenKind close)
    {
        var clauses = new List<ComprehensionClause>();
        while (_token.Kind is TokenKind.For or TokenKind.If)
        {
            var at = _token.Start;
            if (Take(TokenKind.If))
            {
                clauses.Add(new ComprehensionClause(null, ParseTestWithoutConditional()) { Start = at, End = _lastEnd });
                continue;
            }

            Advance();
            var target = ParseLoopVariables();
            Expect(TokenKind.In, "'in'");
            clauses.Add(new ComprehensionClause(target, ParseOr()) { Start = at, End = _lastEnd });
        }

        Expect(close, close == TokenKind.RightBracket ? "']', for or if" : "'}', for or if");
        return Checked(new ComprehensionExpression(body, value, clauses)
        {
            Start = start,
            End = _lastEnd,
            Depth = clauses.Count + Deepest([.. clauses.Select(c => c.Operand)], Deeper(body, value)),
        });
    }
}
