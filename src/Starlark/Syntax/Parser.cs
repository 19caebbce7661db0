using System.Numerics;
using System.Runtime.CompilerServices;

namespace Starlark.Syntax;

/// <summary>Recursive descent over the tokens of a file. A bad statement is reported and skipped; parsing goes on with the next line.</summary>
internal sealed partial class Parser
{
    private const int MaximumNesting = 500;
    private const int MaximumDepth = 2000;

    private readonly Scanner _scanner;
    private readonly ErrorList _errors;
    private readonly DialectOptions _options;
    private Token _token;
    private TextPosition _lastEnd;
    private int _nesting;

    private Parser(Scanner scanner, ErrorList errors, DialectOptions options)
    {
        (_scanner, _errors, _options) = (scanner, errors, options);
        _token = scanner.Next();
    }

    /// <summary>Parses a file; errors go to the list.</summary>
    public static FunctionSyntax ParseFile(SourceFile source, ErrorList errors, DialectOptions options)
    {
        var parser = new Parser(new Scanner(source, errors), errors, options);
        return new FunctionSyntax("<toplevel>", [], parser.ParseStatements());
    }

    private List<Statement> ParseStatements()
    {
        var statements = new List<Statement>();
        while (_token.Kind != TokenKind.EndOfFile)
        {
            if (_token.Kind == TokenKind.Newline)
            {
                Advance();
                continue;
            }

            ParseStatementOrRecover(statements);
        }

        return statements;
    }

    private void ParseStatementOrRecover(List<Statement> statements)
    {
        var start = _token.Start;
        try
        {
            ParseStatement(statements);
        }
        catch (SyntaxAbort)
        {
            _nesting = 0;
            if (_errors.Count >= SyntaxErrorException.Reported)
            {
                SkipToEnd();
                return;
            }

            Recover(start);
        }
    }

    /// <summary>Gives up: nobody will see further errors.</summary>
    private void SkipToEnd()
    {
        while (_token.Kind != TokenKind.EndOfFile)
        {
            _token = _scanner.Next();
        }
    }

    /// <summary>Skips to a line that can begin a statement; brackets that were left open are forgotten.</summary>
    private void Recover(TextPosition statement)
    {
        while (_token.Kind is not (TokenKind.EndOfFile or TokenKind.Newline or TokenKind.Outdent))
        {
            if (_token.StartsLine && _token.Start.Column == 1 && _token.Start != statement)
            {
                _scanner.RestartAt(_token);
                _token = _scanner.Next();
                return;
            }

            _token = _scanner.Next();
        }

        if (_token.Kind is TokenKind.Newline or TokenKind.Outdent)
        {
            _token = _scanner.Next();
            SkipOrphanBlock();
        }
    }

    /// <summary>The block below a bad header has no statement to belong to.</summary>
    private void SkipOrphanBlock()
    {
        if (_token.Kind != TokenKind.Indent)
        {
            return;
        }

        for (var depth = 0; _token.Kind != TokenKind.EndOfFile; Advance())
        {
            depth += _token.Kind == TokenKind.Indent ? 1 : _token.Kind == TokenKind.Outdent ? -1 : 0;
            if (depth == 0)
            {
                Advance();
                return;
            }
        }
    }

    private void Advance()
    {
        _lastEnd = _token.End;
        _token = _scanner.Next();
    }

    private bool Take(TokenKind kind)
    {
        if (_token.Kind != kind)
        {
            return false;
        }

        Advance();
        return true;
    }

    private Token Expect(TokenKind kind, string wanted)
    {
        var token = _token;
        if (token.Kind != kind)
        {
            throw Unexpected($"want {wanted}");
        }

        Advance();
        return token;
    }

    private SyntaxAbort Unexpected(string wanted) => _token.Kind switch
    {
        TokenKind.Reserved => Fail(_token.Start, Keywords.AdviceFor(_token.Text)),
        TokenKind.Walrus => Fail(_token.Start, "':=' is not supported: assign in a statement of its own"),
        TokenKind.At => Fail(_token.Start, "decorators are not supported: call the function with the other one as argument"),
        TokenKind.Arrow => Fail(_token.Start, "type annotations are not supported"),
        _ => Fail(_token.Start, $"got {_token.Description}, {wanted}"),
    };

    private SyntaxAbort Fail(TextPosition at, string message)
    {
        _errors.Add(at, message);
        return new SyntaxAbort();
    }

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

        Expect(TokenKind.Newline, "end of line");
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
                throw Fail(target.Start, augmented ? "this cannot be the target of an augmented assignment" : "cannot assign to this expression");
        }
    }

    private void CheckTargets(IReadOnlyList<Expression> items)
    {
        foreach (var item in items)
        {
            CheckTarget(item, augmented: false);
        }
    }

    private LoadStatement ParseLoad()
    {
        var start = _token.Start;
        Advance();
        Expect(TokenKind.LeftParen, "'(' after load");
        if (_token.Kind != TokenKind.String)
        {
            throw Fail(_token.Start, "the first operand of load must be a string literal");
        }

        var module = LiteralText(_token);
        Advance();
        var names = new List<LoadedName>();
        while (Take(TokenKind.Comma) && _token.Kind != TokenKind.RightParen)
        {
            names.Add(ParseLoadedName());
        }

        if (names.Count == 0)
        {
            _errors.Add(start, "load statement must import at least 1 symbol");
        }

        Expect(TokenKind.RightParen, "',' or ')'");
        return new LoadStatement(module, names) { Start = start, End = _lastEnd };
    }

    private LoadedName ParseLoadedName()
    {
        var at = _token.Start;
        string local;
        string exported;
        if (_token.Kind == TokenKind.String)
        {
            local = exported = LiteralText(_token);
            Advance();
        }
        else
        {
            local = Expect(TokenKind.Identifier, "a string, or name = \"exported\"").Text;
            Expect(TokenKind.Equal, "'=' and the name to import as a string");
            if (_token.Kind != TokenKind.String)
            {
                throw Fail(_token.Start, "a load operand must be \"name\" or local = \"name\"");
            }

            exported = LiteralText(_token);
            Advance();
        }

        if (exported.StartsWith('_'))
        {
            _errors.Add(at, $"load: names with leading underscores are not exported: {exported}");
        }
        else if (exported.Length == 0)
        {
            _errors.Add(at, "load: empty identifier");
        }

        return new LoadedName(new NameExpression(local) { Start = at, End = _lastEnd }, exported);
    }

    private DefStatement ParseDef()
    {
        var start = _token.Start;
        Advance();
        var name = Expect(TokenKind.Identifier, "a function name");
        Expect(TokenKind.LeftParen, "'('");
        var parameters = ParseParameters(TokenKind.RightParen);
        Expect(TokenKind.RightParen, "')'");
        var body = ParseBlock();
        var function = new FunctionSyntax(name.Text, parameters, body) { Start = name.Start, End = _lastEnd };
        return new DefStatement(new NameExpression(name.Text) { Start = name.Start, End = name.End }, function) { Start = start, End = _lastEnd };
    }

    private List<ParameterSyntax> ParseParameters(TokenKind end)
    {
        var parameters = new List<ParameterSyntax>();
        var afterStar = false;
        while (_token.Kind != end)
        {
            parameters.Add(ParseParameter(afterStar));
            afterStar |= parameters[^1].Form == ParameterForm.Variadic;
            if (_token.Kind == TokenKind.Colon && end == TokenKind.RightParen)
            {
                throw Fail(_token.Start, "type annotations are not supported");
            }

            if (!Take(TokenKind.Comma))
            {
                break;
            }
        }

        CheckParameters(parameters);
        return parameters;
    }

    private ParameterSyntax ParseParameter(bool afterStar)
    {
        var start = _token.Start;
        if (Take(TokenKind.StarStar))
        {
            return new ParameterSyntax(ParameterForm.KeywordVariadic, Expect(TokenKind.Identifier, "a parameter name").Text, null) { Start = start, End = _lastEnd };
        }

        if (Take(TokenKind.Star))
        {
            var name = _token.Kind == TokenKind.Identifier ? _token.Text : "";
            if (name.Length > 0)
            {
                Advance();
            }

            return new ParameterSyntax(ParameterForm.Variadic, name, null) { Start = start, End = _lastEnd };
        }

        var identifier = Expect(TokenKind.Identifier, "a parameter name");
        var form = afterStar ? ParameterForm.KeywordOnly : ParameterForm.Plain;
        var value = Take(TokenKind.Equal) ? ParseTest() : null;
        return new ParameterSyntax(form, identifier.Text, value) { Start = start, End = _lastEnd };
    }

    private void CheckParameters(List<ParameterSyntax> parameters)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var (optional, star, keywords) = (false, false, false);
        for (var i = 0; i < parameters.Count; i++)
        {
            var p = parameters[i];
            if (p.Name.Length > 0 && !names.Add(p.Name))
            {
                _errors.Add(p.Start, $"duplicate parameter: {p.Name}");
            }

            if (keywords)
            {
                _errors.Add(p.Start, p.Form == ParameterForm.KeywordVariadic ? "multiple ** parameters not allowed" : $"{(p.Form == ParameterForm.Variadic ? "* " : "")}parameter may not follow **kwargs");
            }

            switch (p.Form)
            {
                case ParameterForm.Plain when p.Default is not null:
                    optional = true;
                    break;
                case ParameterForm.Plain when optional:
                    _errors.Add(p.Start, "required parameter may not follow optional");
                    break;
                case ParameterForm.Variadic:
                    if (star)
                    {
                        _errors.Add(p.Start, "multiple * parameters not allowed");
                    }

                    star = true;
                    if (p.Name.Length == 0 && (i + 1 == parameters.Count || parameters[i + 1].Form != ParameterForm.KeywordOnly))
                    {
                        _errors.Add(p.Start, "bare * must be followed by keyword-only parameters");
                    }

                    break;
                case ParameterForm.KeywordVariadic:
                    keywords = true;
                    break;
            }
        }
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
        Expect(TokenKind.In, "'in'");
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
            _errors.Add(start, "while loops are not supported: use for");
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

    private void ParseBlockStatement(List<Statement> statements)
    {
        var nesting = _nesting;
        try
        {
            ParseStatement(statements);
        }
        catch (SyntaxAbort)
        {
            // Within a block the next line of the block goes on; an error that lost the indentation ends the block.
            _nesting = nesting;
            while (_token.Kind is not (TokenKind.EndOfFile or TokenKind.Newline or TokenKind.Outdent))
            {
                if (_token.StartsLine && _token.Start.Column == 1)
                {
                    throw;
                }

                Advance();
            }

            if (Take(TokenKind.Newline))
            {
                SkipOrphanBlock();
            }
        }
    }

    private void Enter(TextPosition at)
    {
        if (++_nesting > MaximumNesting)
        {
            throw Fail(at, $"nesting is deeper than {MaximumNesting} levels");
        }

        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Fail(at, "nesting is deeper than the stack of this thread allows");
        }
    }

    private void Leave() => _nesting--;

    private static string LiteralText(Token token) => StarlarkString.FromUtf8((byte[])token.Value!).Text;

    private static Value LiteralValue(Token token) => token.Kind switch
    {
        TokenKind.Int => Value.Of((BigInteger)token.Value!),
        TokenKind.Float => Value.Of((double)token.Value!),
        TokenKind.Bytes => Value.Of(new StarlarkBytes((byte[])token.Value!)),
        _ => Value.Of(StarlarkString.FromUtf8((byte[])token.Value!)),
    };

    /// <summary>Leaves a statement whose error was reported.</summary>
    private sealed class SyntaxAbort : Exception;
}
