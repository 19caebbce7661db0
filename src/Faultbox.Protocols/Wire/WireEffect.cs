using System.Diagnostics;

namespace Faultbox.Protocols.Wire;

/// <summary>
/// One stream fault on one direction of one connection. An effect changes pieces as they come: when they leave, how they are cut, what is
/// in them. Calls come from one thread at a time.
/// </summary>
internal abstract class WireEffect
{
    /// <summary>Bytes that pile up before the sender waits.</summary>
    protected const int Backlog = 64 * 1024;

    /// <summary>Most bytes under way on one direction.</summary>
    protected const int LongestQueue = 32 * 1024 * 1024;

    private readonly TaskCompletionSource _detached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _addedTicks;

    /// <summary>The time that it holds every byte; the bytes of that time are under way at once.</summary>
    public virtual TimeSpan Held => TimeSpan.Zero;

    /// <summary>Bytes that may be under way before the sender waits.</summary>
    /// <param name="held">The time that all effects of the direction hold every byte.</param>
    public virtual int QueueLimit(TimeSpan held) => held == TimeSpan.Zero ? Backlog : LongestQueue;

    /// <summary>Completes when the window of the fault has ended.</summary>
    public Task Detached => _detached.Task;

    /// <summary>True while nothing may leave.</summary>
    public virtual bool Blocks => false;

    /// <summary>The time by which it has put off pieces, all of them together.</summary>
    public long AddedTicks => Interlocked.Read(ref _addedTicks);

    /// <summary>Changes one piece.</summary>
    public void Apply(WirePiece piece, List<WirePiece> output)
    {
        var first = output.Count;
        Change(piece, output);
        var added = 0L;
        for (var i = first; i < output.Count; i++)
        {
            added += Math.Max(0, output[i].Due - piece.Due);
        }

        Interlocked.Add(ref _addedTicks, added);
    }

    /// <summary>Ends the effect.</summary>
    public void Detach() => _detached.TrySetResult();

    /// <summary>Gives what becomes of one piece.</summary>
    protected abstract void Change(WirePiece piece, ICollection<WirePiece> output);

    /// <summary>A time as ticks of the clock of pieces.</summary>
    protected static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
