using System.Buffers.Binary;

namespace Faultbox.Protocols.Http2.Codec;

/// <summary>The nine bytes before a frame's payload (RFC 9113 section 4.1).</summary>
/// <param name="Length">Bytes of payload.</param>
/// <param name="Type">Type; unknown ones are passed on.</param>
/// <param name="Flags">Flags.</param>
/// <param name="StreamId">Stream, 0 for the connection.</param>
internal readonly record struct FrameHeader(int Length, FrameType Type, FrameFlags Flags, uint StreamId)
{
    /// <summary>Encoded size in bytes.</summary>
    public const int Size = 9;

    /// <summary>Size of the whole frame in bytes.</summary>
    public int FrameLength => Size + Length;

    /// <summary>True when a flag is set.</summary>
    public bool Has(FrameFlags flag) => (Flags & flag) != 0;

    /// <summary>Reads a header from at least nine bytes.</summary>
    public static FrameHeader Read(ReadOnlySpan<byte> bytes) => new(
        (bytes[0] << 16) | (bytes[1] << 8) | bytes[2],
        (FrameType)bytes[3],
        (FrameFlags)bytes[4],
        BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]) & 0x7FFF_FFFF);

    /// <summary>Writes the header to at least nine bytes.</summary>
    public void Write(Span<byte> destination)
    {
        destination[0] = (byte)(Length >> 16);
        destination[1] = (byte)(Length >> 8);
        destination[2] = (byte)Length;
        destination[3] = (byte)Type;
        destination[4] = (byte)Flags;
        WriteStreamId(destination, StreamId);
    }

    /// <summary>Puts another stream id into a frame.</summary>
    public static void WriteStreamId(Span<byte> frame, uint streamId) => BinaryPrimitives.WriteUInt32BigEndian(frame[5..], streamId);
}
