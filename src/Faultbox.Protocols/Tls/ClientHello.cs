using System.Buffers.Binary;
using System.Text;

namespace Faultbox.Protocols.Tls;

/// <summary>The application protocols that a client offers in its first message (RFC 8446 section 4.1.2, RFC 7301 section 3.1).</summary>
internal static class ClientHello
{
    /// <summary>Length of the head of a record.</summary>
    public const int RecordHead = 5;

    private const byte Handshake = 22;
    private const int FixedPart = 4 + 2 + 32;
    private const ushort ApplicationProtocols = 16;

    /// <summary>Length of the first record with its head; null when the bytes begin no handshake.</summary>
    public static int? LengthOf(ReadOnlySpan<byte> head) =>
        head[0] == Handshake ? RecordHead + BinaryPrimitives.ReadUInt16BigEndian(head[3..]) : null;

    /// <summary>Protocols in the order of the client; none when it offers none, or when the message is not understood.</summary>
    /// <param name="record">The first record.</param>
    public static IReadOnlyList<string> ProtocolsOf(ReadOnlySpan<byte> record)
    {
        var rest = record[RecordHead..];
        if (rest.Length < FixedPart)
        {
            return [];
        }

        rest = rest[FixedPart..];
        if (!TryTake(ref rest, 1, out _) || !TryTake(ref rest, 2, out _) || !TryTake(ref rest, 1, out _) || !TryTake(ref rest, 2, out var extensions))
        {
            return [];
        }

        while (extensions.Length > 2)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!TryTake(ref extensions, 2, out var extension))
            {
                return [];
            }

            if (type == ApplicationProtocols && TryTake(ref extension, 2, out var names))
            {
                return Names(names);
            }
        }

        return [];
    }

    private static List<string> Names(ReadOnlySpan<byte> list)
    {
        var names = new List<string>();
        while (TryTake(ref list, 1, out var name))
        {
            names.Add(Encoding.Latin1.GetString(name));
        }

        return names;
    }

    /// <summary>Takes a vector with a length in front of it.</summary>
    private static bool TryTake(ref ReadOnlySpan<byte> rest, int lengthBytes, out ReadOnlySpan<byte> vector)
    {
        vector = default;
        if (rest.Length < lengthBytes)
        {
            return false;
        }

        var length = lengthBytes == 1 ? rest[0] : BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length < lengthBytes + length)
        {
            return false;
        }

        vector = rest.Slice(lengthBytes, length);
        rest = rest[(lengthBytes + length)..];
        return true;
    }
}
