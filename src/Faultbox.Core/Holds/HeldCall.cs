namespace Faultbox.Core.Holds;

/// <summary>A call that waits for its release.</summary>
/// <param name="Name">Name among the calls that wait at the same time.</param>
/// <param name="Answer">Answers the call: 0 lets it run, an errno makes it fail. Called once, on the thread that releases.</param>
public sealed record HeldCall(string Name, Action<int> Answer)
{
    /// <summary>Service that made it; empty outside of services.</summary>
    public string Service { get; init; } = "";

    /// <summary>Thread that made it, in Faultbox's own process namespace.</summary>
    public int ThreadId { get; init; }

    /// <summary>When it began to wait, in ticks of the stopwatch.</summary>
    public long Since { get; init; }

    /// <summary>False once its thread is gone, and with it the call.</summary>
    public Func<bool> StillWaits { get; init; } = () => true;
}
