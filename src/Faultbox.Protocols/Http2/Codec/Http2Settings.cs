using System.Buffers.Binary;

namespace Faultbox.Protocols.Http2.Codec;

/// <summary>Reads the parameters of a SETTINGS frame that a relay must know (RFC 9113 section 6.5.2).</summary>
internal static class Http2Settings
{
    private const ushort InitialWindowSize = 4;
    private const ushort MaximumFrameSize = 5;

    /// <summary>Reads a payload.</summary>
    /// <param name="payload">Identifier and value pairs.</param>
    /// <param name="window">Takes the window of new streams.</param>
    /// <param name="frameSize">Takes the largest payload of a frame.</param>
    public static void Read(ReadOnlySpan<byte> payload, Action<int> window, Action<int> frameSize)
    {
        for (; payload.Length >= 6; payload = payload[6..])
        {
            var value = BinaryPrimitives.ReadUInt32BigEndian(payload[2..]);
            switch (BinaryPrimitives.ReadUInt16BigEndian(payload))
            {
                case InitialWindowSize when value <= int.MaxValue:
                    window((int)value);
                    break;
                case MaximumFrameSize when value is >= 16_384 and < 1 << 24:
                    frameSize((int)value);
                    break;
            }
        }
    }
}
