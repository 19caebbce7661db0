using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Wire;

/// <summary>Pieces are cut and leave one by one.</summary>
/// <param name="fault">The fault.</param>
/// <param name="draw">Random numbers from 0 to 1.</param>
internal sealed class SlicerEffect(WireSlicer fault, Func<double> draw) : WireEffect
{
    private long _last;

    /// <inheritdoc/>
    protected override void Change(WirePiece piece, ICollection<WirePiece> output)
    {
        var data = piece.Data;
        do
        {
            var size = Math.Min(Size(), data.Length);
            _last = Math.Max(_last + Ticks(fault.Gap), piece.Due);
            output.Add(new WirePiece(data[..size], _last, size == data.Length ? piece.End : WireEnd.None));
            data = data[size..];
        }
        while (!data.IsEmpty);
    }

    private int Size() => fault.Variation == 0
        ? fault.Size
        : Math.Max(1, fault.Size + (int)Math.Round(((2 * draw()) - 1) * fault.Variation));
}
