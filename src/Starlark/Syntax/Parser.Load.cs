namespace Starlark.Syntax;

internal sealed partial class Parser
{
    private LoadStatement ParseLoad()
    {
        var start = _token.Start;
        Advance();
        Expect(TokenKind.LeftParen, "'('");
        if (_token.Kind != TokenKind.String)
        {
            throw Fail(_token.Start, "first operand of load statement must be a string literal");
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

        Expect(TokenKind.RightParen, "')' or ','");
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
            if (_token.Kind != TokenKind.Identifier)
            {
                throw Fail(at, $"load operand must be \"name\" or localname=\"name\" (got {_token.Description})");
            }

            local = _token.Text;
            Advance();
            if (!Take(TokenKind.Equal))
            {
                throw Fail(at, $"load operand must be \"{local}\" or {local}=\"originalname\"");
            }

            if (_token.Kind != TokenKind.String)
            {
                throw Fail(_token.Start, $"original name of loaded symbol must be quoted: {local}=\"originalname\"");
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
}
