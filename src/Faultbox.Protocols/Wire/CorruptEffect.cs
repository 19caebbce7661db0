using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Wire;

/// <summary>Damages bytes at given positions of the stream, counted from where the fault met it.</summary>
/// <param name="fault">The fault.</param>
/// <param name="draw">Random numbers from 0 to 1.</param>
internal sealed class CorruptEffect(WireCorrupt fault, Func<double> draw) : WireEffect
{
    private long _position;
    private long _next = fault.Offset;

    /// <inheritdoc/>
    protected override void Change(WirePiece piece, ICollection<WirePiece> output)
    {
        var data = piece.Data.Span;
        while (_next < _position + data.Length)
        {
            ref var damaged = ref data[(int)(_next - _position)];
            damaged = fault.Kind switch
            {
                CorruptionKind.Flip => (byte)~damaged,
                CorruptionKind.Zero => 0,
                _ => (byte)(draw() * 256),
            };
            _next = fault.Stride is { } stride ? _next + stride : long.MaxValue;
        }

        _position += data.Length;
        output.Add(piece);
    }
}
