using System.Diagnostics;

namespace Faultbox.Protocols.Wire;

/// <summary>Says when bytes may leave at a rate; may be shared by connections.</summary>
/// <param name="bytesPerSecond">Rate.</param>
/// <param name="burst">Bytes that may leave at once after a pause.</param>
internal sealed class TokenBucket(double bytesPerSecond, int burst)
{
    private readonly Lock _gate = new();
    private double _free;

    /// <summary>Bytes that leave together: a fiftieth of a second's worth.</summary>
    public int Portion { get; } = (int)Math.Clamp(bytesPerSecond / 50, 1, 64 * 1024);

    /// <summary>Bytes that leave in a time.</summary>
    public double BytesIn(TimeSpan time) => bytesPerSecond * time.TotalSeconds;

    /// <summary>Reserves bytes that could leave at a time; returns when they do.</summary>
    public long Reserve(long due, int bytes)
    {
        lock (_gate)
        {
            _free = Math.Max(_free, due - (burst / bytesPerSecond * Stopwatch.Frequency));
            _free += bytes / bytesPerSecond * Stopwatch.Frequency;
            return Math.Max(due, (long)_free);
        }
    }
}
