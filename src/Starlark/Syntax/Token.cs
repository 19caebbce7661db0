namespace Starlark.Syntax;

internal enum TokenKind
{
    EndOfFile, Newline, Indent, Outdent,
    Identifier, Int, Float, String, Bytes, Reserved,
    Plus, Minus, Star, Slash, SlashSlash, Percent, StarStar,
    Ampersand, Pipe, Caret, LessLess, GreaterGreater, Tilde,
    Dot, Comma, Equal, Semicolon, Colon, Walrus, Arrow, At,
    LeftParen, RightParen, LeftBracket, RightBracket, LeftBrace, RightBrace,
    Less, Greater, GreaterEqual, LessEqual, EqualEqual, NotEqual,
    PlusEqual, MinusEqual, StarEqual, SlashEqual, SlashSlashEqual, PercentEqual, StarStarEqual,
    AmpersandEqual, PipeEqual, CaretEqual, LessLessEqual, GreaterGreaterEqual,
    And, Break, Continue, Def, Elif, Else, For, If, In, Lambda, Load, Not, Or, Pass, Return, While,
}

/// <summary>One token. <see cref="Text"/> is the spelling of names and operators; <see cref="Value"/> the decoded literal.</summary>
internal readonly record struct Token(TokenKind Kind, TextPosition Start, TextPosition End, string Text, object? Value, int LineOffset)
{
    /// <summary>True for the first token of a physical line; <see cref="LineOffset"/> is then the byte offset of that line.</summary>
    public bool StartsLine => LineOffset >= 0;

    /// <summary>The token as an error message names it.</summary>
    public string Description => Kind switch
    {
        TokenKind.EndOfFile => "end of file",
        TokenKind.Newline => "newline",
        TokenKind.Indent => "indent",
        TokenKind.Outdent => "outdent",
        TokenKind.Identifier => "identifier",
        TokenKind.Int => "int literal",
        TokenKind.Float => "float literal",
        TokenKind.String => "string literal",
        TokenKind.Bytes => "bytes literal",
        _ => char.IsAsciiLetter(Text[0]) ? Text : $"'{Text}'",
    };
}
