using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Wire;

/// <summary>The end of the stream is passed on later.</summary>
/// <param name="fault">The fault.</param>
internal sealed class SlowCloseEffect(WireSlowClose fault) : WireEffect
{
    /// <inheritdoc/>
    protected override void Change(WirePiece piece, ICollection<WirePiece> output) =>
        output.Add(piece.End == WireEnd.Fin ? piece with { Due = piece.Due + Ticks(fault.Delay) } : piece);
}
