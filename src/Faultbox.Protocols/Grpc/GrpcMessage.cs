using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Faultbox.Protocols.Grpc;

/// <summary>Message framing and status text of gRPC (PROTOCOL-HTTP2 of the gRPC documentation).</summary>
internal static class GrpcMessage
{
    /// <summary>Bytes before a message: compressed flag and length.</summary>
    public const int PrefixSize = 5;

    /// <summary>Puts the prefix before an uncompressed message.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        var framed = new byte[PrefixSize + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed.AsSpan(PrefixSize));
        return framed;
    }

    /// <summary>Takes the first complete message; false when it is not complete.</summary>
    /// <param name="bytes">Bytes of the stream; on return those after the message.</param>
    /// <param name="isCompressed">True when the message is compressed.</param>
    /// <param name="message">The message without prefix.</param>
    public static bool TryTake(ref ReadOnlySpan<byte> bytes, out bool isCompressed, out ReadOnlySpan<byte> message)
    {
        isCompressed = false;
        message = default;
        if (bytes.Length < PrefixSize)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
        if (length > bytes.Length - PrefixSize)
        {
            return false;
        }

        isCompressed = bytes[0] != 0;
        message = bytes.Slice(PrefixSize, (int)length);
        bytes = bytes[(PrefixSize + (int)length)..];
        return true;
    }

    /// <summary>Percent-encodes a status message.</summary>
    public static string EncodeText(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                encoded.Append((char)octet);
            }
            else
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
            }
        }

        return encoded.ToString();
    }

    /// <summary>Decodes a status message; malformed escapes stay as they are.</summary>
    public static string DecodeText(string text) => Uri.UnescapeDataString(text);
}
