namespace Starlark.Syntax;

// A bad statement is reported and skipped; parsing goes on with the next line.
internal sealed partial class Parser
{
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

    /// <summary>Gives up: nobody will see further errors.</summary>
    private void SkipToEnd()
    {
        while (_token.Kind != TokenKind.EndOfFile)
        {
            _token = _scanner.Next();
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
}
