using System.Buffers;
using Faultbox.Protocols.Http.Codec;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>What becomes of the body of an answer, piece by piece as it arrives.</summary>
internal abstract class BodyChange(BodyFraming framing)
{
    private BodyScanner _body = new(framing);

    /// <summary>Framing of the service.</summary>
    protected BodyFraming Framing { get; } = framing;

    /// <summary>Follows the body of the service.</summary>
    protected ref BodyScanner Body => ref _body;

    /// <summary>True when the client gets nothing more of this answer.</summary>
    public abstract bool IsOver { get; }

    /// <summary>True once the client gets something else than the service sent.</summary>
    public virtual bool Acts => true;

    /// <summary>True when the connection ends with this answer.</summary>
    public virtual bool EndsConnection => true;

    /// <summary>True when it ends with a reset.</summary>
    public virtual bool Resets => false;

    /// <summary>True when the bytes of the service are not those of a body.</summary>
    public bool IsMalformed => _body.IsMalformed;

    /// <summary>True when the end of the service's direction is the end of the body.</summary>
    public bool EndsWithConnection => _body.EndsWithConnection;

    /// <summary>Takes bytes of the service and returns how many of them belong to the body.</summary>
    /// <param name="bytes">The next bytes; there may be none yet.</param>
    /// <param name="output">Receives what the client gets.</param>
    public abstract int Take(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output);

    /// <summary>The service has ended its direction: what the client still gets.</summary>
    public virtual void Finish(IBufferWriter<byte> output)
    {
    }
}
