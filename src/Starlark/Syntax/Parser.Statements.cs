namespace Starlark.Syntax;

// Simple statements, and compound ones with their blocks.
internal sealed partial class Parser
{
    private void ParseStatement(List<Statement> statements)
    {
        switch (_token.Kind)
        {
            case TokenKind.Def:
                statements.Add(ParseDef());
                break;
            case TokenKind.If:
                statements.Add(ParseIf());
                break;
            case TokenKind.For:
                statements.Add(ParseFor());
                break;
            case TokenKind.While:
                statements.Add(ParseWhile());
                break;
            case TokenKind.Indent:
                _errors.Add(_token.Start, "unexpected indentation");
                ParseIndented(statements);
                break;
            default:
                ParseSimpleLine(statements);
                break;
        }
    }

    private void ParseSimpleLine(List<Statement> statements)
    {
        while (true)
        {
            statements.Add(ParseSmall());
            if (!Take(TokenKind.Semicolon))
            {
                break;
            }

            if (_token.Kind is TokenKind.Newline or TokenKind.EndOfFile)
            {
                break;
            }
        }

        if (_token.Kind != TokenKind.EndOfFile)
        {
            EndOfStatement();
        }
    }

    private void EndOfStatement()
    {
        if (_token.Kind == TokenKind.Colon)
        {
            throw Fail(_token.Start, "type annotations are not supported");
        }

        if (_token.Kind is TokenKind.RightParen or TokenKind.RightBracket or TokenKind.RightBrace)
        {
            throw Fail(_token.Start, $"unexpected {_token.Description}");
        }

        Expect(TokenKind.Newline, "newline");
    }

    private Statement ParseSmall()
    {
        var start = _token.Start;
        switch (_token.Kind)
        {
            case TokenKind.Return:
                Advance();
                var value = _token.Kind is TokenKind.Newline or TokenKind.Semicolon or TokenKind.EndOfFile ? null : ParseTupleOrTest();
                return new ReturnStatement(value) { Start = start, End = _lastEnd };
            case TokenKind.Break:
                Advance();
                return new JumpStatement(JumpKind.Break) { Start = start, End = _lastEnd };
            case TokenKind.Continue:
                Advance();
                return new JumpStatement(JumpKind.Continue) { Start = start, End = _lastEnd };
            case TokenKind.Pass:
                Advance();
                return new JumpStatement(JumpKind.Pass) { Start = start, End = _lastEnd };
            case TokenKind.Load:
                return ParseLoad();
        }

        var expression = ParseTupleOrTest();
        var operatorPosition = _token.Start;
        if (Take(TokenKind.Equal))
        {
            CheckTarget(expression, augmented: false);
            var right = ParseTupleOrTest();
            if (_token.Kind == TokenKind.Equal)
            {
                throw Fail(_token.Start, "chained assignment is not supported: assign in two statements");
            }

            return new AssignStatement(expression, null, right) { Start = start, End = _lastEnd, OperatorPosition = operatorPosition };
        }

        if (AugmentedOperator(_token.Kind) is { } operation)
        {
            CheckTarget(expression, augmented: true);
            Advance();
            var right = ParseTupleOrTest();
            return new AssignStatement(expression, operation, right) { Start = start, End = _lastEnd, OperatorPosition = operatorPosition };
        }

        return new ExpressionStatement(expression) { Start = start, End = _lastEnd };
    }

    private DefStatement ParseDef()
    {
        var start = _token.Start;
        Advance();
        var name = ExpectName("a function name");
        Expect(TokenKind.LeftParen, "'('");
        var parameters = ParseParameters(TokenKind.RightParen);
        Expect(TokenKind.RightParen, "')'");
        var body = ParseBlock();
        var function = new FunctionSyntax(name.Text, parameters, body) { Start = name.Start, End = _lastEnd };
        return new DefStatement(new NameExpression(name.Text) { Start = name.Start, End = name.End }, function) { Start = start, End = _lastEnd };
    }

    private IfStatement ParseIf()
    {
        var start = _token.Start;
        var branches = new List<Branch>();
        Advance();
        branches.Add(new Branch(ParseTest(), ParseBlock()));
        while (Take(TokenKind.Elif))
        {
            branches.Add(new Branch(ParseTest(), ParseBlock()));
        }

        if (Take(TokenKind.Else))
        {
            branches.Add(new Branch(null, ParseBlock()));
        }

        return new IfStatement(branches) { Start = start, End = _lastEnd };
    }

    private ForStatement ParseFor()
    {
        var start = _token.Start;
        Advance();
        var target = ParseLoopVariables();
        Expect(TokenKind.In, "in");
        var iterable = ParseTupleOrTest();
        var body = ParseBlock();
        RejectLoopElse("for");
        return new ForStatement(target, iterable, body) { Start = start, End = _lastEnd };
    }

    private WhileStatement ParseWhile()
    {
        var start = _token.Start;
        if (!_options.While)
        {
            _errors.Add(start, "dialect does not support while loops: use for");
        }

        Advance();
        var condition = ParseTest();
        var body = ParseBlock();
        RejectLoopElse("while");
        return new WhileStatement(condition, body) { Start = start, End = _lastEnd };
    }

    private void RejectLoopElse(string loop)
    {
        if (_token.Kind == TokenKind.Else)
        {
            throw Fail(_token.Start, $"else after a {loop} loop is not supported: set a variable in the loop and test it afterwards");
        }
    }

    private List<Statement> ParseBlock()
    {
        if (_token.Kind == TokenKind.Arrow)
        {
            throw Fail(_token.Start, "type annotations are not supported");
        }

        Expect(TokenKind.Colon, "':'");
        var statements = new List<Statement>();
        if (!Take(TokenKind.Newline))
        {
            ParseSimpleLine(statements);
            return statements;
        }

        ParseIndented(statements);
        return statements;
    }

    private void ParseIndented(List<Statement> statements)
    {
        Enter(_token.Start);
        Expect(TokenKind.Indent, "an indented block");
        while (_token.Kind is not (TokenKind.Outdent or TokenKind.EndOfFile))
        {
            if (!Take(TokenKind.Newline))
            {
                ParseBlockStatement(statements);
            }
        }

        Take(TokenKind.Outdent);
        Leave();
    }
}
