using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Wire;

/// <summary>Every piece leaves at its arrival plus the delay, never before the one before it.</summary>
/// <param name="fault">The fault.</param>
/// <param name="draw">Random numbers from 0 to 1.</param>
internal sealed class LatencyEffect(WireLatency fault, Func<double> draw) : WireEffect
{
    private const double LongestTail = 20;
    private long _last;

    /// <inheritdoc/>
    public override TimeSpan Held => fault.Delay + fault.Jitter;

    /// <inheritdoc/>
    protected override void Change(WirePiece piece, ICollection<WirePiece> output)
    {
        _last = Math.Max(_last, piece.Due + Ticks(fault.Delay) + Jitter());
        output.Add(piece with { Due = _last });
    }

    private long Jitter() => fault.Jitter == TimeSpan.Zero ? 0 : (long)(Ticks(fault.Jitter) * fault.Distribution switch
    {
        JitterDistribution.Uniform => (2 * draw()) - 1,
        JitterDistribution.Normal => Math.Sqrt(-2 * Math.Log(1 - draw())) * Math.Cos(2 * Math.PI * draw()),
        _ => Math.Min(0.5 / Math.Sqrt(1 - draw()), LongestTail),
    });
}
