using System.Buffers;
using Faultbox.Protocols.Http.Codec;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>A body that ends after a number of bytes, the framing of its chunks not counted. One that turns out to be shorter passes.</summary>
internal sealed class TruncatedBody : BodyChange
{
    private readonly bool _resets;

    /// <summary>Begins before the first byte.</summary>
    /// <param name="framing">Framing of the service.</param>
    /// <param name="at">Bytes that pass; fewer than the length of the body, if that is known.</param>
    /// <param name="resets">True to end with a reset.</param>
    public TruncatedBody(BodyFraming framing, long at, bool resets)
        : base(framing)
    {
        _resets = resets;
        Body.Limit(at);
    }

    /// <inheritdoc/>
    public override bool IsOver => Body.IsAtLimit || Body.IsComplete;

    /// <inheritdoc/>
    public override bool Acts => Framing.Kind == BodyKind.Length || Body.IsAtLimit;

    /// <inheritdoc/>
    public override bool EndsConnection => Acts;

    /// <inheritdoc/>
    public override bool Resets => _resets;

    /// <inheritdoc/>
    public override int Take(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        var count = Body.Take(bytes);
        output.Write(bytes[..count]);
        return count;
    }
}
