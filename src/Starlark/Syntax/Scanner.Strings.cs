using System.Globalization;
using System.Text;

namespace Starlark.Syntax;

internal sealed partial class Scanner
{
    private readonly List<byte> _literal = [];

    private Token ScanString(TextPosition start, bool raw, bool bytes)
    {
        int quote = Current;
        bool triple = Peek(1) == quote && Peek(2) == quote;
        _literal.Clear();
        Skip(triple ? 3 : 1);
        while (!AtClosingQuote(quote, triple))
        {
            if (Current < 0 || (!triple && (Current == '\n' || IsCarriageReturnNewline())))
            {
                _errors.Add(start, triple ? "unexpected EOF in string: the three closing quotes are missing" : Current < 0 ? "unexpected EOF in string: the closing quote is missing" : "unexpected newline in string: the closing quote is missing on this line");
                return StringToken(start, bytes);
            }

            ScanStringElement(raw, bytes);
        }

        Skip(triple ? 3 : 1);
        return StringToken(start, bytes);
    }

    private Token StringToken(TextPosition start, bool bytes) =>
        new(bytes ? TokenKind.Bytes : TokenKind.String, start, Position, "", _literal.ToArray(), -1);

    private bool AtClosingQuote(int quote, bool triple) =>
        Current == quote && (!triple || (Peek(1) == quote && Peek(2) == quote));

    private void Skip(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Advance();
        }
    }

    private void ScanStringElement(bool raw, bool bytes)
    {
        if (Current == '\\')
        {
            if (raw)
            {
                ScanRawBackslash();
            }
            else
            {
                ScanEscape(bytes);
            }
        }
        else if (IsCarriageReturnNewline())
        {
            SkipNewline();
            _literal.Add((byte)'\n');
        }
        else
        {
            _literal.Add((byte)Current);
            Advance();
        }
    }

    private void ScanRawBackslash()
    {
        _literal.Add((byte)'\\');
        Advance();
        if (Current is '\\' or '"' or '\'')
        {
            _literal.Add((byte)Current);
            Advance();
        }
    }

    private void ScanEscape(bool bytes)
    {
        var at = Position;
        if (EscapedNewlineLength() > 0)
        {
            Advance();
            SkipNewline();
            return;
        }

        Advance();
        int escape = Current;
        if (escape < 0)
        {
            return;
        }

        if (escape is >= '0' and <= '7')
        {
            ScanOctalEscape(at, bytes);
            return;
        }

        int simple = escape switch
        {
            'a' => '\a',
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            '\\' or '\'' or '"' => escape,
            _ => -1,
        };
        if (simple >= 0)
        {
            _literal.Add((byte)simple);
            Advance();
            return;
        }

        switch (escape)
        {
            case 'x':
                ScanHexByte(at, bytes);
                break;
            case 'u':
                ScanUnicodeEscape(at, 4);
                break;
            case 'U':
                ScanUnicodeEscape(at, 8);
                break;
            default:
                ReportUnknownEscape(at);
                break;
        }
    }

    private void ReportUnknownEscape(TextPosition at)
    {
        Rune.DecodeFromUtf8(_text.AsSpan(_offset), out var rune, out _);
        _errors.Add(at, $"invalid escape sequence \\{rune}: write \\\\{rune} for a backslash, or use a raw string r\"...\"");
    }

    private void ScanOctalEscape(TextPosition at, bool bytes)
    {
        int value = 0;
        int from = _offset;
        while (_offset - from < 3 && Current is >= '0' and <= '7')
        {
            value = value * 8 + (Current - '0');
            Advance();
        }

        int limit = bytes ? 0xFF : 0x7F;
        if (value > limit)
        {
            _errors.Add(at, $"invalid octal escape \\{Encoding.ASCII.GetString(_text, from, _offset - from)}: the largest is \\{System.Convert.ToString(limit, 8)} in a {(bytes ? "bytes" : "string")} literal{NonAsciiAdvice(bytes, value)}");
        }

        _literal.Add((byte)value);
    }

    private static string NonAsciiAdvice(bool bytes, int value) => bytes ? "" : $" (use \\u{value:X4} for the code point)";

    private void ScanHexByte(TextPosition at, bool bytes)
    {
        if (ScanHex(at, 2) is not { } value)
        {
            return;
        }

        if (!bytes && value > 0x7F)
        {
            _errors.Add(at, $"invalid hex escape \\x{value:x2}: the largest is \\x7f in a string literal{NonAsciiAdvice(bytes, (int)value)}");
        }

        _literal.Add((byte)value);
    }

    private void ScanUnicodeEscape(TextPosition at, int digits)
    {
        if (ScanHex(at, digits) is not { } value)
        {
            return;
        }

        if (!Rune.IsValid(value))
        {
            _errors.Add(at, value is >= 0xD800 and <= 0xDFFF
                ? $"invalid Unicode escape: U+{value:X4} is a surrogate"
                : $"invalid Unicode escape: {value:X} is beyond the largest code point U+10FFFF");
            return;
        }

        Span<byte> utf8 = stackalloc byte[4];
        _literal.AddRange(utf8[..new Rune(value).EncodeToUtf8(utf8)]);
    }

    private uint? ScanHex(TextPosition at, int digits)
    {
        char kind = (char)Current;
        Advance();
        int from = _offset;
        while (_offset - from < digits && Current >= 0 && char.IsAsciiHexDigit((char)Current))
        {
            Advance();
        }

        if (_offset - from == digits)
        {
            return uint.Parse(_text.AsSpan(from, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        _errors.Add(at, $"invalid escape sequence \\{kind}: it needs {digits} hexadecimal digits");
        return null;
    }
}
