using System.Buffers.Binary;

namespace Faultbox.Protocols.Http2.Codec;

/// <summary>Reads and makes payloads (RFC 9113 section 6).</summary>
internal static class FramePayload
{
    /// <summary>Takes padding and priority off a payload; false when they do not fit.</summary>
    /// <param name="header">Header of the frame.</param>
    /// <param name="payload">Payload; on return the content.</param>
    public static bool TryStrip(FrameHeader header, ref ReadOnlySpan<byte> payload)
    {
        var padding = 0;
        if (header.Has(FrameFlags.Padded))
        {
            if (payload.IsEmpty)
            {
                return false;
            }

            padding = payload[0];
            payload = payload[1..];
        }

        var priority = header.Type == FrameType.Headers && header.Has(FrameFlags.Priority) ? 5 : 0;
        if (payload.Length < priority + padding)
        {
            return false;
        }

        payload = payload[priority..^padding];
        return true;
    }

    /// <summary>What is wrong with a payload whose padding and priority do not fit (RFC 9113 sections 4.2 and 6.2).</summary>
    public static Http2Error StripError(FrameHeader header)
    {
        var least = (header.Has(FrameFlags.Padded) ? 1 : 0) + (header.Type == FrameType.Headers && header.Has(FrameFlags.Priority) ? 5 : 0);
        return header.Length < least ? Http2Error.FrameSizeError : Http2Error.ProtocolError;
    }

    /// <summary>The increment of a WINDOW_UPDATE.</summary>
    public static int Increment(ReadOnlySpan<byte> payload) => (int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7FFF_FFFF);

    /// <summary>A WINDOW_UPDATE frame.</summary>
    public static byte[] WindowUpdate(uint streamId, int increment) => Small(FrameType.WindowUpdate, streamId, (uint)increment);

    /// <summary>A RST_STREAM frame.</summary>
    public static byte[] ResetStream(uint streamId, Http2Error code) => Small(FrameType.ResetStream, streamId, (uint)code);

    /// <summary>A GOAWAY frame without debug data.</summary>
    public static byte[] GoAway(uint lastStreamId, Http2Error code)
    {
        var frame = new byte[FrameHeader.Size + 8];
        new FrameHeader(8, FrameType.GoAway, FrameFlags.None, 0).Write(frame);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(FrameHeader.Size), lastStreamId);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(FrameHeader.Size + 4), (uint)code);
        return frame;
    }

    /// <summary>A header block as one HEADERS frame and as many CONTINUATION frames as it needs.</summary>
    /// <param name="type">HEADERS or PUSH_PROMISE.</param>
    /// <param name="streamId">Stream.</param>
    /// <param name="endStream">True when nothing follows on the stream.</param>
    /// <param name="block">Bytes of the block, for PUSH_PROMISE after the promised stream id.</param>
    /// <param name="maximum">Largest payload the receiver takes.</param>
    public static byte[] HeaderFrames(FrameType type, uint streamId, bool endStream, ReadOnlySpan<byte> block, int maximum)
    {
        var pieces = Math.Max(1, (block.Length + maximum - 1) / maximum);
        var frames = new byte[block.Length + (pieces * FrameHeader.Size)];
        var position = 0;
        for (var i = 0; i < pieces; i++)
        {
            var piece = block[..Math.Min(maximum, block.Length)];
            block = block[piece.Length..];
            var flags = (i == 0 && endStream ? FrameFlags.EndStream : FrameFlags.None) | (i == pieces - 1 ? FrameFlags.EndHeaders : FrameFlags.None);
            new FrameHeader(piece.Length, i == 0 ? type : FrameType.Continuation, flags, streamId).Write(frames.AsSpan(position));
            piece.CopyTo(frames.AsSpan(position + FrameHeader.Size));
            position += FrameHeader.Size + piece.Length;
        }

        return frames;
    }

    /// <summary>A DATA frame.</summary>
    public static byte[] Data(uint streamId, bool endStream, ReadOnlySpan<byte> content)
    {
        var frame = new byte[FrameHeader.Size + content.Length];
        new FrameHeader(content.Length, FrameType.Data, endStream ? FrameFlags.EndStream : FrameFlags.None, streamId).Write(frame);
        content.CopyTo(frame.AsSpan(FrameHeader.Size));
        return frame;
    }

    private static byte[] Small(FrameType type, uint streamId, uint value)
    {
        var frame = new byte[FrameHeader.Size + 4];
        new FrameHeader(4, type, FrameFlags.None, streamId).Write(frame);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(FrameHeader.Size), value);
        return frame;
    }
}
