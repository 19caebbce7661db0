using System.Diagnostics;

namespace Faultbox.Protocols.Relay;

/// <summary>The wait that a rule asks for: never shorter, whatever the resolution of the timer.</summary>
internal static class Pause
{
    /// <summary>Waits for a time; none when it is not positive.</summary>
    public static async Task ForAsync(TimeSpan delay, CancellationToken cancellation)
    {
        // A timer may fire some milliseconds early: it counts whole milliseconds of a coarse clock.
        var start = Stopwatch.GetTimestamp();
        for (var left = delay; left > TimeSpan.Zero; left = delay - Stopwatch.GetElapsedTime(start))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), cancellation).ConfigureAwait(false);
        }
    }
}
