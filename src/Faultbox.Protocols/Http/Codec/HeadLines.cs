using System.Buffers;

namespace Faultbox.Protocols.Http.Codec;

/// <summary>The lines of a message head: start line, field lines, empty line (RFC 9112 section 2). A bare LF counts as a line end.</summary>
internal static class HeadLines
{
    /// <summary>Longest head that is followed; a longer one is relayed without being understood.</summary>
    public const int MaximumLength = 64 * 1024;

    private static readonly SearchValues<byte> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Finds the end of a head: the length up to and including its empty line; -1 when it is not there yet.</summary>
    /// <param name="bytes">Bytes from the start line on.</param>
    /// <param name="scanned">Bytes that an earlier call has looked at; updated.</param>
    public static int FindEnd(ReadOnlySpan<byte> bytes, ref int scanned)
    {
        var position = scanned;
        while (true)
        {
            var feed = bytes[position..].IndexOf((byte)'\n');
            if (feed < 0)
            {
                scanned = bytes.Length;
                return -1;
            }

            var next = position + feed + 1;
            if (next < bytes.Length && bytes[next] == '\n')
            {
                return next + 1;
            }

            if (next + 1 < bytes.Length && bytes[next] == '\r' && bytes[next + 1] == '\n')
            {
                return next + 2;
            }

            if (next + 1 >= bytes.Length)
            {
                // The line end stays unread: it may be the one before the empty line.
                scanned = position + feed;
                return -1;
            }

            position = next;
        }
    }

    /// <summary>Length of empty lines before a start line.</summary>
    public static int EmptyPrefix(ReadOnlySpan<byte> bytes)
    {
        var position = 0;
        while (position < bytes.Length)
        {
            if (bytes[position] == '\n')
            {
                position++;
            }
            else if (bytes[position] == '\r' && position + 1 < bytes.Length && bytes[position + 1] == '\n')
            {
                position += 2;
            }
            else
            {
                break;
            }
        }

        return position;
    }

    /// <summary>Takes the first line, without its end.</summary>
    public static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        var feed = rest.IndexOf((byte)'\n');
        var line = rest[..feed];
        rest = rest[(feed + 1)..];
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    /// <summary>True for the name of a field or a method (RFC 9110 section 5.6.2).</summary>
    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && text.IndexOfAnyExcept(Token) < 0;

    /// <summary>True when a line has characters at which readers may end it early: NUL, or CR without LF.</summary>
    public static bool HasControl(ReadOnlySpan<byte> line) => line.IndexOfAny((byte)0, (byte)'\r') >= 0;

    /// <summary>Splits a field line; false when it is none.</summary>
    public static bool TrySplitField(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0 || !IsToken(line[..colon]))
        {
            name = value = default;
            return false;
        }

        name = line[..colon];
        value = line[(colon + 1)..].Trim(" \t"u8);
        return true;
    }
}
