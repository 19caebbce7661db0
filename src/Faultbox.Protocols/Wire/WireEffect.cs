using System.Diagnostics;
using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Wire;

/// <summary>
/// One stream fault on one direction of one connection. An effect changes pieces as they come: when they leave, how they are cut, what is
/// in them. Calls come from one thread at a time.
/// </summary>
internal abstract class WireEffect
{
    private readonly TaskCompletionSource _detached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Bytes that may be under way before the sender has to wait.</summary>
    public virtual int QueueLimit => 64 * 1024;

    /// <summary>Completes when the window of the fault has ended.</summary>
    public Task Detached => _detached.Task;

    /// <summary>True while nothing may leave.</summary>
    public virtual bool Blocks => false;

    /// <summary>Changes one piece.</summary>
    public abstract void Apply(WirePiece piece, ICollection<WirePiece> output);

    /// <summary>Ends the effect.</summary>
    public void Detach() => _detached.TrySetResult();

    /// <summary>A time as ticks of the clock of pieces.</summary>
    protected static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
