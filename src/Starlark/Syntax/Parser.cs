using System.Runtime.CompilerServices;

namespace Starlark.Syntax;

/// <summary>Recursive descent over the tokens of a file: one partial file for each part of the grammar, here what all of them use.</summary>
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

    private Token ExpectName(string wanted)
    {
        if (_token.Kind is not (TokenKind.Identifier or TokenKind.Reserved))
        {
            throw Fail(_token.Start, $"{_token.Description} is not an identifier: want {wanted}");
        }

        return Expect(TokenKind.Identifier, wanted);
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

    /// <summary>Leaves a statement whose error was reported.</summary>
    private sealed class SyntaxAbort : Exception;
}
