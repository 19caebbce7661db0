using System.Buffers.Binary;
using System.Text;

namespace Inventory;

/// <summary>
/// The bytes of one log record. Integers are little-endian, text is UTF-8.
/// <code>
/// offset  size  field
/// 0       4     length of the payload, 1..4096
/// 4       4     CRC-32 of the payload
/// 8       n     payload
///
/// payload of a reservation           payload of a release
/// 0    1   kind 'R'                  0   1   kind 'X'
/// 1    4   quantity                  1   …   order id
/// 5    1   length of the sku, s
/// 6    s   sku
/// 6+s  …   order id
/// </code>
/// The length is checked before the checksum, so a tail of zeros (a file that grew but whose blocks were never written) is
/// recognized as the end of the log and not read as an empty record.
/// </summary>
internal static class LogRecord
{
    private const int HeaderSize = 8;
    private const int MaxPayload = 4096;
    private const byte ReservedKind = (byte)'R';
    private const byte ReleasedKind = (byte)'X';

    /// <summary>Encodes one record, header included. Sku and order id are limited by the commands that carry them.</summary>
    public static byte[] Encode(Change change)
    {
        var payload = change switch
        {
            Reserved reserved => EncodeReserved(reserved),
            Released released => [ReleasedKind, .. Encoding.UTF8.GetBytes(released.OrderId)],
            _ => throw new ArgumentOutOfRangeException(nameof(change), change, "no record kind for this change"),
        };

        var record = new byte[HeaderSize + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), Crc32.Compute(payload));
        payload.CopyTo(record, HeaderSize);
        return record;
    }

    /// <summary>Takes the next record off the front of <paramref name="log"/>.</summary>
    /// <param name="log">What is left of the log; advanced past the record on success, untouched otherwise.</param>
    /// <param name="change">The decoded change.</param>
    /// <returns><see langword="false"/> when no whole, undamaged record comes next: the log ends here.</returns>
    public static bool TryTake(ref ReadOnlySpan<byte> log, out Change change)
    {
        change = null!;
        if (log.Length < HeaderSize)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(log);
        if (length is < 1 or > MaxPayload || log.Length - HeaderSize < length)
        {
            return false;
        }

        var payload = log.Slice(HeaderSize, length);
        if (Crc32.Compute(payload) != BinaryPrimitives.ReadUInt32LittleEndian(log[4..]) || !TryDecode(payload, out change))
        {
            return false;
        }

        log = log[(HeaderSize + length)..];
        return true;
    }

    private static byte[] EncodeReserved(Reserved reserved)
    {
        var sku = Encoding.UTF8.GetBytes(reserved.Sku);
        var payload = new byte[6 + sku.Length + Encoding.UTF8.GetByteCount(reserved.OrderId)];
        payload[0] = ReservedKind;
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(1), reserved.Quantity);
        payload[5] = checked((byte)sku.Length);
        sku.CopyTo(payload, 6);
        Encoding.UTF8.GetBytes(reserved.OrderId, payload.AsSpan(6 + sku.Length));
        return payload;
    }

    private static bool TryDecode(ReadOnlySpan<byte> payload, out Change change)
    {
        switch (payload[0])
        {
            case ReservedKind when payload.Length >= 6 && payload.Length >= 6 + payload[5]:
                var end = 6 + payload[5];
                change = new Reserved(
                    Encoding.UTF8.GetString(payload[end..]),
                    Encoding.UTF8.GetString(payload[6..end]),
                    BinaryPrimitives.ReadInt32LittleEndian(payload[1..]));
                return true;
            case ReleasedKind:
                change = new Released(Encoding.UTF8.GetString(payload[1..]));
                return true;
            default:
                change = null!;
                return false;
        }
    }
}
