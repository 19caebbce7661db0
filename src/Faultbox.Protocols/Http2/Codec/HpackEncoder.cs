using System.Buffers;

namespace Faultbox.Protocols.Http2.Codec;

/// <summary>
/// Encodes header blocks as plain literals that enter no table (RFC 7541 section 6.2.2): legal at any time, whatever the receiver's table
/// holds, and without effect on it.
/// </summary>
internal static class HpackEncoder
{
    /// <summary>Encodes a block.</summary>
    /// <param name="fields">Fields in order, pseudo-header fields first.</param>
    /// <param name="tableSize">Table size to announce at the beginning; null for none.</param>
    public static byte[] Encode(IReadOnlyList<HeaderField> fields, int? tableSize = null)
    {
        var writer = new ArrayBufferWriter<byte>(256);
        if (tableSize is { } size)
        {
            WriteInteger(writer, 0x20, 5, size);
        }

        foreach (var field in fields)
        {
            writer.Write([field.IsSensitive ? (byte)0x10 : (byte)0x00]);
            WriteString(writer, field.Name.Span);
            WriteString(writer, field.Value.Span);
        }

        return writer.WrittenSpan.ToArray();
    }

    private static void WriteString(ArrayBufferWriter<byte> writer, ReadOnlySpan<byte> text)
    {
        WriteInteger(writer, 0, 7, text.Length);
        writer.Write(text);
    }

    private static void WriteInteger(ArrayBufferWriter<byte> writer, byte pattern, int prefixBits, int value)
    {
        var mask = (1 << prefixBits) - 1;
        if (value < mask)
        {
            writer.Write([(byte)(pattern | value)]);
            return;
        }

        writer.Write([(byte)(pattern | mask)]);
        value -= mask;
        while (value >= 0x80)
        {
            writer.Write([(byte)(0x80 | (value & 0x7F))]);
            value >>= 7;
        }

        writer.Write([(byte)value]);
    }
}
