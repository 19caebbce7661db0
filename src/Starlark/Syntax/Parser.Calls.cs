namespace Starlark.Syntax;

// Calls and their arguments.
internal sealed partial class Parser
{
    private const int MaximumArguments = 255;

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

        Expect(TokenKind.RightParen, "')' or ','");
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
}
