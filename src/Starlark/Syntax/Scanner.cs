using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace Starlark.Syntax;

/// <summary>Turns UTF-8 text into tokens, one at a time. Lexical errors are collected; scanning always continues.</summary>
internal sealed partial class Scanner
{
    private const int TabStop = 8;

    private readonly byte[] _text;
    private readonly ErrorList _errors;
    private readonly List<int> _indents = [0];
    private int _offset;
    private int _line = 1;
    private int _column = 1;
    private int _lineOffset;
    private int _brackets;
    private int _pendingOutdents;
    private bool _lineStart = true;
    private bool _firstOnLine = true;
    private bool _lineHasTokens;

    public Scanner(SourceFile source, ErrorList errors)
    {
        _text = source.Utf8.ToArray();
        _errors = errors;
        if (!Utf8.IsValid(_text))
        {
            ReportInvalidUtf8();
        }
    }

    private int Current => _offset < _text.Length ? _text[_offset] : -1;

    private TextPosition Position => new(_line, _column);

    /// <summary>Forgets open brackets and scans again from the line a token starts, as if a statement began there.</summary>
    public void RestartAt(in Token firstOfLine)
    {
        _offset = firstOfLine.LineOffset;
        _lineOffset = _offset;
        _line = firstOfLine.Start.Line;
        _column = 1;
        _brackets = 0;
        _pendingOutdents = 0;
        _lineStart = true;
        _firstOnLine = true;
        _lineHasTokens = false;
    }

    public Token Next()
    {
        if (_pendingOutdents > 0)
        {
            _pendingOutdents--;
            return Mark(TokenKind.Outdent, Position);
        }

        if (_lineStart && _brackets == 0)
        {
            _lineStart = false;
            if (ScanIndentation() is { } change)
            {
                return change;
            }
        }

        SkipBlanks();
        var start = Position;
        int current = Current;
        if (current < 0)
        {
            return EndOfFile(start);
        }

        if (current == '\n')
        {
            Advance();
            _lineStart = true;
            _lineHasTokens = false;
            return Mark(TokenKind.Newline, start);
        }

        int lineOffset = _firstOnLine ? _lineOffset : -1;
        _firstOnLine = false;
        _lineHasTokens = true;
        return ScanToken(start) with { LineOffset = lineOffset };
    }

    private Token EndOfFile(TextPosition at)
    {
        if (_brackets > 0)
        {
            return Mark(TokenKind.EndOfFile, at);
        }

        if (_lineHasTokens)
        {
            _lineHasTokens = false;
            _lineStart = true;
            return Mark(TokenKind.Newline, at);
        }

        if (_indents.Count > 1)
        {
            _indents.RemoveAt(_indents.Count - 1);
            return Mark(TokenKind.Outdent, at);
        }

        return Mark(TokenKind.EndOfFile, at);
    }

    private Token Mark(TokenKind kind, TextPosition start) => new(kind, start, Position, "", null, -1);

    /// <summary>Measures the indentation of the next line with content and reports a change as a token.</summary>
    private Token? ScanIndentation()
    {
        while (true)
        {
            int width = 0;
            while (Current is ' ' or '\t')
            {
                width = Current == ' ' ? width + 1 : (width / TabStop + 1) * TabStop;
                Advance();
            }

            if (Current == '#')
            {
                SkipComment();
            }

            if (Current == '\n' || IsCarriageReturnNewline())
            {
                SkipNewline();
                continue;
            }

            if (Current < 0)
            {
                return null;
            }

            return ChangeIndentation(width);
        }
    }

    private Token? ChangeIndentation(int width)
    {
        if (width > _indents[^1])
        {
            _indents.Add(width);
            return Mark(TokenKind.Indent, Position);
        }

        if (width == _indents[^1])
        {
            return null;
        }

        while (width < _indents[^1])
        {
            _indents.RemoveAt(_indents.Count - 1);
            _pendingOutdents++;
        }

        if (width != _indents[^1])
        {
            _errors.Add(Position, "unindent does not match any outer indentation level");
        }

        _pendingOutdents--;
        return Mark(TokenKind.Outdent, Position);
    }

    private void SkipBlanks()
    {
        while (true)
        {
            int current = Current;
            if (current is ' ' or '\t')
            {
                Advance();
            }
            else if (current == '#')
            {
                SkipComment();
            }
            else if (IsCarriageReturnNewline())
            {
                _offset++;
            }
            else if (current == '\n' && _brackets > 0)
            {
                SkipNewline();
            }
            else if (current == '\\' && EscapedNewlineLength() is int length and > 0)
            {
                _offset += length - 1;
                SkipNewline();
            }
            else
            {
                return;
            }
        }
    }

    private int EscapedNewlineLength() =>
        _text.AsSpan(_offset).StartsWith("\\\n"u8) ? 2 : _text.AsSpan(_offset).StartsWith("\\\r\n"u8) ? 3 : 0;

    private bool IsCarriageReturnNewline() => _text.AsSpan(_offset).StartsWith("\r\n"u8);

    private void SkipNewline()
    {
        if (Current == '\r')
        {
            _offset++;
        }

        Advance();
    }

    private void SkipComment()
    {
        while (Current is not ('\n' or < 0))
        {
            if (IsCarriageReturnNewline())
            {
                return;
            }

            Advance();
        }
    }

    private int Peek(int ahead) => _offset + ahead < _text.Length ? _text[_offset + ahead] : -1;

    private void Advance()
    {
        byte passed = _text[_offset++];
        if (passed == '\n')
        {
            _line++;
            _column = 1;
            _lineOffset = _offset;
            _firstOnLine = true;
        }
        else if (_offset >= _text.Length || (_text[_offset] & 0xC0) != 0x80)
        {
            _column++;
        }
    }

    private Token ScanToken(TextPosition start)
    {
        int current = Current;
        if (IsDigit(current) || (current == '.' && IsDigit(Peek(1))))
        {
            return ScanNumber(start);
        }

        if (current is '"' or '\'')
        {
            return ScanString(start, raw: false, bytes: false);
        }

        if (IsIdentifierStart())
        {
            return ScanWord(start);
        }

        return ScanOperator(start);
    }

    private static bool IsDigit(int c) => c is >= '0' and <= '9';

    private bool IsIdentifierStart()
    {
        int current = Current;
        if (current is >= 0 and < 0x80)
        {
            return current == '_' || char.IsAsciiLetter((char)current);
        }

        return current >= 0 && Rune.DecodeFromUtf8(_text.AsSpan(_offset), out var rune, out _) == 0 && Rune.IsLetter(rune);
    }

    /// <summary>Number of bytes of the character here, when it can continue an identifier; otherwise 0.</summary>
    private int IdentifierPartLength()
    {
        int current = Current;
        if (current is >= 0 and < 0x80)
        {
            return current == '_' || char.IsAsciiLetterOrDigit((char)current) ? 1 : 0;
        }

        if (current < 0 || Rune.DecodeFromUtf8(_text.AsSpan(_offset), out var rune, out var length) != 0)
        {
            return 0;
        }

        return Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark ? length : 0;
    }

    private Token ScanWord(TextPosition start)
    {
        int from = _offset;
        while (IdentifierPartLength() is var length and > 0)
        {
            Skip(length);
        }

        string text = Encoding.UTF8.GetString(_text, from, _offset - from);
        if (Current is '"' or '\'' && StringPrefix(text, start) is var (raw, bytes))
        {
            return ScanString(start, raw, bytes);
        }

        var kind = Keywords.TryGetKeyword(text, out var keyword) ? keyword
            : Keywords.IsReserved(text) ? TokenKind.Reserved
            : TokenKind.Identifier;
        return new Token(kind, start, Position, text, null, -1);
    }

    private (bool Raw, bool Bytes)? StringPrefix(string text, TextPosition start)
    {
        switch (text)
        {
            case "r":
                return (true, false);
            case "b":
                return (false, true);
            case "rb":
                return (true, true);
            case "f" or "F" or "fr" or "rf" or "fR" or "Rf" or "FR" or "RF":
                _errors.Add(start, "f-strings are not supported: use \"%s\" % x or \"{}\".format(x)");
                return (text.Length == 2, false);
            case "u" or "U" or "R" or "B":
                _errors.Add(start, $"unknown string prefix {text}: the prefixes are r, b and rb, in lower case");
                return (false, false);
            case "br" or "Br" or "bR" or "BR" or "Rb" or "rB" or "RB":
                _errors.Add(start, $"unknown string prefix {text}: raw bytes have the prefix rb, in lower case");
                return (true, true);
            default:
                return null;
        }
    }

    private Token ScanNumber(TextPosition start)
    {
        int from = _offset;
        if (Current == '0' && Peek(1) is 'x' or 'X' or 'o' or 'O' or 'b' or 'B')
        {
            return ScanPrefixedInt(start, from);
        }

        SkipDigits();
        bool isFloat = false;
        if (Current == '.')
        {
            isFloat = true;
            Advance();
            SkipDigits();
        }

        if (Current is 'e' or 'E' && (IsDigit(Peek(1)) || (Peek(1) is '+' or '-' && IsDigit(Peek(2)))))
        {
            isFloat = true;
            Advance();
            Advance();
            SkipDigits();
        }

        string text = Encoding.ASCII.GetString(_text, from, _offset - from);
        if (isFloat)
        {
            return FloatToken(start, text);
        }

        if (text.Length > 1 && text[0] == '0')
        {
            string digits = text.TrimStart('0') is { Length: > 0 } rest ? rest : "0";
            _errors.Add(start, digits.AsSpan().IndexOfAnyInRange('8', '9') < 0
                ? $"an integer may not start with zero: write 0o{digits} for octal"
                : $"an integer may not start with zero: write {digits}");
        }

        if (text.Length > Radix.Largest)
        {
            _errors.Add(start, "integer literal is too long");
            return IntToken(start, text, BigInteger.Zero);
        }

        return IntToken(start, text, Decimal(text));
    }

    private Token FloatToken(TextPosition start, string text)
    {
        double value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (double.IsInfinity(value))
        {
            _errors.Add(start, $"floating-point literal {text} is too large");
        }

        return new Token(TokenKind.Float, start, Position, text, value, -1);
    }

    private Token ScanPrefixedInt(TextPosition start, int from)
    {
        int radixMark = Peek(1) | 0x20;
        Advance();
        Advance();
        int digitsFrom = _offset;
        while (Current is >= 0 and < 0x80 && char.IsAsciiLetterOrDigit((char)Current))
        {
            Advance();
        }

        string text = Encoding.ASCII.GetString(_text, from, _offset - from);
        var (name, radix) = radixMark switch { 'x' => ("hexadecimal", 16), 'o' => ("octal", 8), _ => ("binary", 2) };
        var value = BigInteger.Zero;
        bool valid = _offset > digitsFrom;
        if (_offset - digitsFrom > Radix.Largest)
        {
            _errors.Add(start, $"{name} literal is too long");
        }
        else if (valid && Radix.Parse(text.AsSpan(2), radix) is { } number)
        {
            value = number;
        }
        else
        {
            _errors.Add(start, $"invalid {name} literal {text}");
        }

        return IntToken(start, text, value);
    }

    /// <summary>Short numbers, which nearly all are, do without the general parser, which would be compiled anew in every process.</summary>
    private static BigInteger Decimal(string digits)
    {
        const int Short = 18;
        if (digits.Length > Short)
        {
            return BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        }

        var number = 0L;
        foreach (var digit in digits)
        {
            number = (number * 10) + (digit - '0');
        }

        return number;
    }

    private Token IntToken(TextPosition start, string text, BigInteger value) =>
        new(TokenKind.Int, start, Position, text, value, -1);

    private void SkipDigits()
    {
        while (IsDigit(Current))
        {
            Advance();
        }
    }

    private void ReportInvalidUtf8()
    {
        var rest = _text.AsSpan();
        while (!rest.IsEmpty && Rune.DecodeFromUtf8(rest, out _, out int length) == 0)
        {
            rest = rest[length..];
        }

        int bad = _text.Length - rest.Length;
        while (_offset < bad)
        {
            Advance();
        }

        _errors.Add(Position, "the file is not valid UTF-8");
        _offset = _text.Length;
    }
}
