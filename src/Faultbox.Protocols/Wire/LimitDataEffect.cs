using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Wire;

/// <summary>Lets a number of bytes pass, then ends the connection.</summary>
/// <param name="fault">The fault.</param>
internal sealed class LimitDataEffect(WireLimitData fault) : WireEffect
{
    private long _remaining = fault.Bytes;

    /// <inheritdoc/>
    protected override void Change(WirePiece piece, ICollection<WirePiece> output)
    {
        if (piece.Data.Length < _remaining)
        {
            _remaining -= piece.Data.Length;
            output.Add(piece);
        }
        else if (_remaining >= 0)
        {
            output.Add(piece with { Data = piece.Data[..(int)_remaining], End = fault.Resets ? WireEnd.Reset : WireEnd.Close });
            _remaining = -1;
        }
    }
}
