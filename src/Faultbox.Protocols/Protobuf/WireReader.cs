using System.Buffers.Binary;

namespace Faultbox.Protocols.Protobuf;

/// <summary>Reads tags and values from the bytes of a message.</summary>
/// <param name="bytes">The bytes.</param>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private const int LongestVarint = 10;
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Position of the next byte.</summary>
    public int Position { get; private set; }

    /// <summary>True when nothing is left.</summary>
    public readonly bool IsAtEnd => Position == _bytes.Length;

    /// <summary>Bytes from a position up to the next one.</summary>
    public readonly ReadOnlySpan<byte> Since(int position) => _bytes[position..Position];

    /// <summary>The next tag.</summary>
    public (int Number, WireKind Kind) ReadTag()
    {
        var tag = ReadVarint();
        var number = tag >> 3;
        return number is > 0 and <= 0x1FFF_FFFF && (tag & 7) <= (ulong)WireKind.Fixed32
            ? ((int)number, (WireKind)(tag & 7))
            : throw new ProtobufException("bytes that are no protobuf message: a tag that cannot be");
    }

    /// <summary>A variable number of bytes.</summary>
    public ulong ReadVarint()
    {
        var value = 0UL;
        for (var i = 0; i < LongestVarint; i++)
        {
            var octet = Take(1)[0];
            value |= (ulong)(octet & 0x7F) << (7 * i);
            if (octet < 0x80)
            {
                return value;
            }
        }

        throw new ProtobufException("bytes that are no protobuf message: a number of more than ten bytes");
    }

    /// <summary>Four bytes.</summary>
    public uint ReadFixed32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    /// <summary>Eight bytes.</summary>
    public ulong ReadFixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>A length and so many bytes.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadVarint();
        return length <= int.MaxValue ? Take((int)length) : throw Truncated();
    }

    /// <summary>Passes over a value.</summary>
    /// <param name="number">Number of its field.</param>
    /// <param name="kind">How it is written.</param>
    /// <param name="depth">Groups that may be inside one another.</param>
    public void Skip(int number, WireKind kind, int depth)
    {
        switch (kind)
        {
            case WireKind.Varint:
                ReadVarint();
                break;
            case WireKind.Fixed64:
                Take(sizeof(ulong));
                break;
            case WireKind.Fixed32:
                Take(sizeof(uint));
                break;
            case WireKind.Length:
                ReadBytes();
                break;
            case WireKind.StartGroup when depth > 0:
                SkipGroup(number, depth - 1);
                break;
            default:
                throw new ProtobufException("bytes that are no protobuf message: a group that ends nowhere");
        }
    }

    private void SkipGroup(int number, int depth)
    {
        while (true)
        {
            var (inner, kind) = ReadTag();
            if (kind == WireKind.EndGroup && inner == number)
            {
                return;
            }

            Skip(inner, kind, depth);
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position)
        {
            throw Truncated();
        }

        var taken = _bytes.Slice(Position, count);
        Position += count;
        return taken;
    }

    private static ProtobufException Truncated() => new("bytes that are no protobuf message: a value ends after the message");
}
