using System.Text;
using Faultbox.Core.Matching;

namespace Faultbox.Protocols.Http.Codec;

/// <summary>The parts of a request target (RFC 9112 section 3.2): origin form, absolute form, authority or <c>*</c>.</summary>
internal static class RequestTarget
{
    /// <summary>The path of a target, as sent, without query; of a target without path the target itself.</summary>
    public static ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> target)
    {
        var scheme = target.StartsWith("/"u8) ? -1 : target.IndexOf("://"u8);
        if (scheme >= 0)
        {
            var authority = target[(scheme + 3)..];
            var end = authority.IndexOfAny((byte)'/', (byte)'?');
            target = end < 0 || authority[end] == '?' ? "/"u8 : authority[end..];
        }

        var query = target.IndexOfAny((byte)'?', (byte)'#');
        return query < 0 ? target : target[..query];
    }

    /// <summary>Decodes percent escapes and UTF-8; returns the number of characters. Malformed escapes stay as they are.</summary>
    /// <param name="path">Path as sent.</param>
    /// <param name="destination">At least as many characters as the path has bytes.</param>
    public static int Decode(ReadOnlySpan<byte> path, Span<char> destination)
    {
        if (path.IndexOf((byte)'%') < 0)
        {
            return Encoding.UTF8.GetChars(path, destination);
        }

        var decoded = path.Length <= 512 ? stackalloc byte[path.Length] : new byte[path.Length];
        return Encoding.UTF8.GetChars(decoded[..DecodeEscapes(path, decoded)], destination);
    }

    /// <summary>True when a query parameter of a name has a decoded value that a pattern matches.</summary>
    public static bool HasParameter(ReadOnlySpan<byte> target, string name, MessageGlob pattern)
    {
        var mark = target.IndexOf((byte)'?');
        if (mark < 0)
        {
            return false;
        }

        var query = target[(mark + 1)..];
        foreach (var range in query.Split((byte)'&'))
        {
            var pair = query[range];
            var equals = pair.IndexOf((byte)'=');
            if (FormText(equals < 0 ? pair : pair[..equals]) == name && pattern.IsMatch(equals < 0 ? "" : FormText(pair[(equals + 1)..])))
            {
                return true;
            }
        }

        return false;
    }

    private static string FormText(ReadOnlySpan<byte> text)
    {
        var decoded = text.ToArray();
        decoded.AsSpan().Replace((byte)'+', (byte)' ');
        return Encoding.UTF8.GetString(decoded.AsSpan(0, DecodeEscapes(decoded, decoded)));
    }

    private static int DecodeEscapes(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var escaped = text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]);
            destination[length++] = escaped ? (byte)((Digit(text[i + 1]) << 4) | Digit(text[i + 2])) : text[i];
            i += escaped ? 2 : 0;
        }

        return length;

        static int Digit(byte value) => value <= '9' ? value - '0' : (value | 0x20) - 'a' + 10;
    }
}
