namespace Faultbox.Protocols.Relay;

/// <summary>The wait that a rule asks for: never shorter, whatever the resolution of the timer.</summary>
internal static class Pause
{
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(1);

    /// <summary>Waits for a time; none when it is not positive.</summary>
    public static Task ForAsync(TimeSpan delay, CancellationToken cancellation) =>
        delay <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(delay + Resolution, cancellation);
}
