namespace Starlark.Syntax;

internal sealed partial class Scanner
{
    private static readonly (string Text, TokenKind Kind)[] s_operators =
    [
        ("**=", TokenKind.StarStarEqual), ("//=", TokenKind.SlashSlashEqual), ("<<=", TokenKind.LessLessEqual), (">>=", TokenKind.GreaterGreaterEqual),
        ("**", TokenKind.StarStar), ("//", TokenKind.SlashSlash), ("<<", TokenKind.LessLess), (">>", TokenKind.GreaterGreater),
        ("==", TokenKind.EqualEqual), ("!=", TokenKind.NotEqual), ("<=", TokenKind.LessEqual), (">=", TokenKind.GreaterEqual),
        ("+=", TokenKind.PlusEqual), ("-=", TokenKind.MinusEqual), ("*=", TokenKind.StarEqual), ("/=", TokenKind.SlashEqual),
        ("%=", TokenKind.PercentEqual), ("&=", TokenKind.AmpersandEqual), ("|=", TokenKind.PipeEqual), ("^=", TokenKind.CaretEqual),
        (":=", TokenKind.Walrus), ("->", TokenKind.Arrow),
        ("+", TokenKind.Plus), ("-", TokenKind.Minus), ("*", TokenKind.Star), ("/", TokenKind.Slash), ("%", TokenKind.Percent),
        ("&", TokenKind.Ampersand), ("|", TokenKind.Pipe), ("^", TokenKind.Caret), ("~", TokenKind.Tilde), (".", TokenKind.Dot),
        (",", TokenKind.Comma), ("=", TokenKind.Equal), (";", TokenKind.Semicolon), (":", TokenKind.Colon), ("@", TokenKind.At),
        ("<", TokenKind.Less), (">", TokenKind.Greater),
        ("(", TokenKind.LeftParen), (")", TokenKind.RightParen), ("[", TokenKind.LeftBracket), ("]", TokenKind.RightBracket),
        ("{", TokenKind.LeftBrace), ("}", TokenKind.RightBrace),
    ];

    private Token ScanOperator(TextPosition start)
    {
        foreach (var (text, kind) in s_operators)
        {
            if (!Matches(text))
            {
                continue;
            }

            for (int i = 0; i < text.Length; i++)
            {
                Advance();
            }

            CountBracket(kind);
            return new Token(kind, start, Position, text, null, -1);
        }

        ReportUnexpectedCharacter(start);
        return Next() with { LineOffset = -1 };
    }

    private bool Matches(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (Peek(i) != text[i])
            {
                return false;
            }
        }

        return true;
    }

    private void CountBracket(TokenKind kind)
    {
        if (kind is TokenKind.LeftParen or TokenKind.LeftBracket or TokenKind.LeftBrace)
        {
            _brackets++;
        }
        else if (kind is TokenKind.RightParen or TokenKind.RightBracket or TokenKind.RightBrace && _brackets > 0)
        {
            _brackets--;
        }
    }

    private void ReportUnexpectedCharacter(TextPosition start)
    {
        System.Text.Rune.DecodeFromUtf8(_text.AsSpan(_offset), out var rune, out int length);
        _errors.Add(start, rune.Value switch
        {
            '\\' => "unexpected backslash: it may only end a line",
            '!' => "unexpected character '!': use not",
            '?' => "unexpected character '?': use x if condition else y",
            < 0x20 => $"unexpected control character U+{rune.Value:X4}",
            _ => $"unexpected character '{rune}'",
        });
        for (int i = 0; i < length; i++)
        {
            Advance();
        }
    }
}
