using System.Buffers;
using System.Text;

namespace Starlark;

/// <summary>White space characters in UTF-8.</summary>
internal static class WhiteSpace
{
    /// <summary>The first bytes of white space characters: those of <c>Ascii</c>, and those of the characters beyond ASCII.</summary>
    private static readonly SearchValues<byte> MaySpace = SearchValues.Create([.. Ascii, 0xc2, 0xe1, 0xe2, 0xe3]);

    private static ReadOnlySpan<byte> Ascii => " \t\n\r\v\f"u8;

    /// <summary>Length of the white space character a text begins with; 0 when it begins with another one.</summary>
    public static int LengthAtStart(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] < 0x80)
        {
            return !text.IsEmpty && IsSpace(text[0]) ? 1 : 0;
        }

        return Rune.DecodeFromUtf8(text, out var rune, out var size) == OperationStatus.Done && Rune.IsWhiteSpace(rune) ? size : 0;
    }

    /// <summary>Length of the white space character a text ends with; 0 when it ends with another one.</summary>
    public static int LengthAtEnd(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[^1] < 0x80)
        {
            return !text.IsEmpty && IsSpace(text[^1]) ? 1 : 0;
        }

        return Rune.DecodeLastFromUtf8(text, out var rune, out var size) == OperationStatus.Done && Rune.IsWhiteSpace(rune) ? size : 0;
    }

    /// <summary>Where the first white space character is; the length when there is none.</summary>
    public static int IndexIn(ReadOnlySpan<byte> text)
    {
        for (var at = 0; text[at..].IndexOfAny(MaySpace) is >= 0 and var ahead; at++)
        {
            at += ahead;
            if (LengthAtStart(text[at..]) > 0)
            {
                return at;
            }
        }

        return text.Length;
    }

    private static bool IsSpace(byte b) => b == ' ' || b is >= (byte)'\t' and <= (byte)'\r';
}
