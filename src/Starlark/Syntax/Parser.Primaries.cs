using System.Numerics;

namespace Starlark.Syntax;

// Names, literals, displays, and what follows them: attributes and subscripts.
internal sealed partial class Parser
{
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
                throw Unexpected("want primary expression");
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

        Expect(TokenKind.RightParen, "')' or ','");
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

        Expect(TokenKind.RightBracket, "']' or ','");
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
                throw Unexpected("want ':': there are no set literals and no set comprehensions, use set([...])");
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

        Expect(TokenKind.RightBrace, "'}' or ','");
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
            Expect(TokenKind.In, "in");
            clauses.Add(new ComprehensionClause(target, ParseOr()) { Start = at, End = _lastEnd });
        }

        Expect(close, close == TokenKind.RightBracket ? "']', for, or if" : "'}', for, or if");
        return Checked(new ComprehensionExpression(body, value, clauses)
        {
            Start = start,
            End = _lastEnd,
            Depth = clauses.Count + Deepest([.. clauses.Select(c => c.Operand)], Deeper(body, value)),
        });
    }

    private static string LiteralText(Token token) => StarlarkString.FromUtf8((byte[])token.Value!).Text;

    private static Value LiteralValue(Token token) => token.Kind switch
    {
        TokenKind.Int => Value.Of((BigInteger)token.Value!),
        TokenKind.Float => Value.Of((double)token.Value!),
        TokenKind.Bytes => Value.Of(new StarlarkBytes((byte[])token.Value!)),
        _ => Value.Of(StarlarkString.FromUtf8((byte[])token.Value!)),
    };
}
