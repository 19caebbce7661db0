using System.Diagnostics;
using System.Net.Sockets;

namespace Faultbox.Protocols.Relay;

/// <summary>The wait that a rule asks for: never shorter, whatever the resolution of the timer.</summary>
internal static class Pause
{
    /// <summary>Waits on behalf of a client; ends early when its connection breaks.</summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    public static async Task ForAsync(TimeSpan delay, Leg client, CancellationToken cancellation)
    {
        if (delay <= TimeSpan.Zero)
        {
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pause = ForAsync(delay, over.Token);
        if (await Task.WhenAny(pause, client.Broken).ConfigureAwait(false) != pause)
        {
            await over.CancelAsync().ConfigureAwait(false);
            await pause.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
            throw new SocketException((int)SocketError.ConnectionReset);
        }

        await pause.ConfigureAwait(false);
    }

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
