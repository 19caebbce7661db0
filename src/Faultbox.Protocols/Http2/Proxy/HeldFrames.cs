using Faultbox.Protocols.Http2.Codec;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>Frames of a stream that are kept.</summary>
/// <param name="Bytes">The frames.</param>
/// <param name="IsAdvanced">True when the sender was given credit for their data although the receiver has not taken them.</param>
internal readonly record struct HeldFrames(byte[] Bytes, bool IsAdvanced)
{
    /// <summary>What the data in frames takes of a window.</summary>
    public static int DataLength(byte[] frames) => FrameHeader.Read(frames) is { Type: FrameType.Data, Length: var length } ? length : 0;
}
