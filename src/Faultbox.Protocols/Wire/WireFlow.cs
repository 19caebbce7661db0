using System.Diagnostics;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Wire;

/// <summary>One direction of a connection under stream faults: a queue of pieces that leave when they are due.</summary>
/// <param name="effects">The effects in force on the direction, in the order of their rules.</param>
internal sealed class WireFlow(Func<IReadOnlyList<WireEffect>> effects)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<WirePiece> _queue = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _bytes;
    private long _last;

    /// <summary>True when nothing is under way.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count == 0;
            }
        }
    }

    /// <summary>Puts bytes, or the end of the stream, under way; waits while too much is.</summary>
    public async ValueTask AddAsync(ReadOnlyMemory<byte> data, WireEnd end, CancellationToken cancellation)
    {
        var active = effects();
        var held = active.Aggregate(TimeSpan.Zero, (sum, e) => sum + e.Held);
        var limit = active.Count == 0 ? 64 * 1024 : active.Min(e => e.QueueLimit(held));
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_bytes == 0 || _bytes + data.Length <= limit)
                {
                    break;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }

        Add(data, end, active);
    }

    /// <summary>Puts the end of the stream under way, however much is.</summary>
    public void AddEnd(WireEnd end) => Add(default, end, effects());

    /// <summary>The next piece once it is due; it stays in the queue until <see cref="Consume"/>.</summary>
    public async ValueTask<WirePiece> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            WirePiece piece = default;
            Task? changed = null;
            lock (_gate)
            {
                if (_queue.First is { } first)
                {
                    piece = first.Value;
                }
                else
                {
                    changed = _changed.Task;
                }
            }

            if (changed is not null)
            {
                await changed.WaitAsync(cancellation).ConfigureAwait(false);
                continue;
            }

            if (UntilDue(piece) is var wait && wait > TimeSpan.FromMilliseconds(0.5))
            {
                await Pause.ForAsync(wait, cancellation).ConfigureAwait(false);
            }

            if (effects().FirstOrDefault(e => e.Blocks) is not { } blocking)
            {
                return piece;
            }

            await blocking.Detached.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Takes bytes of the next piece off the queue, or all of it.</summary>
    public void Consume(int count)
    {
        lock (_gate)
        {
            var first = _queue.First!;
            _bytes -= count;
            if (count == first.Value.Data.Length)
            {
                _queue.RemoveFirst();
            }
            else
            {
                first.Value = first.Value with { Data = first.Value.Data[count..] };
            }

            Pulse();
        }
    }

    private void Add(ReadOnlyMemory<byte> data, WireEnd end, IReadOnlyList<WireEffect> active)
    {
        var now = Stopwatch.GetTimestamp();
        List<WirePiece> pieces = [new(data.ToArray(), now, end)];
        foreach (var effect in active)
        {
            List<WirePiece> output = [];
            pieces.ForEach(p => effect.Apply(p, output));
            pieces = output;
        }

        lock (_gate)
        {
            foreach (var piece in pieces)
            {
                _last = Math.Max(_last, piece.Due);
                _queue.AddLast(piece with { Due = _last });
                _bytes += piece.Data.Length;
            }

            Pulse();
        }
    }

    private static TimeSpan UntilDue(WirePiece piece) => TimeSpan.FromSeconds((piece.Due - Stopwatch.GetTimestamp()) / (double)Stopwatch.Frequency);

    private void Pulse()
    {
        _changed.TrySetResult();
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
