namespace Faultbox.Core.Proxying;

/// <summary>The first bytes of a message as text, everything that is no printable ASCII as <c>\xNN</c>.</summary>
public static class ByteText
{
    /// <summary>Bytes that are shown.</summary>
    public const int Shown = 16;

    private const int Longest = 4;

    /// <summary>The first bytes as text.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        Span<char> buffer = stackalloc char[Shown * Longest];
        return buffer[..Write(bytes, buffer)].ToString();
    }

    /// <summary>Writes the first bytes as text and returns how many characters they took, at most 64.</summary>
    internal static int Write(ReadOnlySpan<byte> bytes, Span<char> buffer)
    {
        var length = 0;
        foreach (var value in bytes[..Math.Min(bytes.Length, Shown)])
        {
            if (value is >= 0x20 and < 0x7f and not (byte)'\\')
            {
                buffer[length++] = (char)value;
            }
            else
            {
                buffer[length++] = '\\';
                buffer[length++] = 'x';
                buffer[length++] = HexDigit(value >> 4);
                buffer[length++] = HexDigit(value & 0xf);
            }
        }

        return length;
    }

    private static char HexDigit(int value) => (char)(value < 10 ? '0' + value : 'a' + value - 10);
}
