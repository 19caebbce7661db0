using System.Buffers;
using Faultbox.Protocols.Http.Codec;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>A body that the client does not get, because the status it is told has none.</summary>
internal sealed class DiscardedBody(BodyFraming framing) : BodyChange(framing)
{
    /// <inheritdoc/>
    public override bool IsOver => Body.IsComplete;

    /// <inheritdoc/>
    public override bool EndsConnection => false;

    /// <inheritdoc/>
    public override int Take(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output) => Body.Take(bytes);
}
