namespace Faultbox.Core.Holds;

/// <summary>
/// Calls that are held back, in the order they came. Whoever releases decides what each becomes; once the queue is closed nothing waits
/// in it any more. Any thread.
/// </summary>
public sealed class HoldQueue
{
    /// <summary>Answer of a call that runs.</summary>
    public const int Allow = 0;

    private readonly Lock _gate = new();
    private readonly List<HeldCall> _held = [];
    private TaskCompletionSource _changed = NewSignal();
    private bool _closed;

    /// <summary>Names of the waiting calls, oldest first.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. _held.Select(c => c.Name)];
            }
        }
    }

    /// <summary>The waiting calls, oldest first.</summary>
    public IReadOnlyList<HeldCall> Held
    {
        get
        {
            lock (_gate)
            {
                return [.. _held];
            }
        }
    }

    /// <summary>Forgets calls whose threads are gone.</summary>
    public void DropGone()
    {
        var gone = Held.Where(c => !c.StillWaits()).ToList();
        lock (_gate)
        {
            gone.ForEach(c => _held.Remove(c));
        }
    }

    /// <summary>Holds a call; on a closed queue it is allowed at once.</summary>
    public void Add(HeldCall call)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _held.Add(call);
                Signal();
                return;
            }
        }

        call.Answer(Allow);
    }

    /// <summary>Waits until a number of calls are held; false when the queue was closed first.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool WaitFor(int count, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_closed || _held.Count >= count)
                {
                    return !_closed;
                }

                changed = _changed.Task;
            }

            changed.Wait(cancellation);
        }
    }

    /// <summary>Waits until no call came for a while; at once on a closed queue.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void WaitForQuiet(TimeSpan quiet, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_closed)
                {
                    return;
                }

                changed = _changed.Task;
            }

            if (!changed.Wait((int)quiet.TotalMilliseconds, cancellation))
            {
                return;
            }
        }
    }

    /// <summary>Releases the oldest call; false when none waits.</summary>
    /// <param name="errno">0 to let it run, or the error it fails with.</param>
    public bool ReleaseOne(int errno = Allow) => ReleaseAt(0, errno);

    /// <summary>Releases the call at a position, from 0; false when there is none.</summary>
    public bool ReleaseAt(int index, int errno = Allow) => Release(_ => index, errno);

    /// <summary>Releases the call of a name; false when it does not wait.</summary>
    public bool ReleaseNamed(string name, int errno = Allow) => Release(held => held.FindIndex(c => c.Name == name), errno);

    /// <summary>Releases every waiting call with the same answer and returns their number.</summary>
    public int ReleaseAll(int errno = Allow)
    {
        var released = TakeAll(close: false);
        foreach (var call in released)
        {
            call.Answer(errno);
        }

        return released.Length;
    }

    /// <summary>Allows every waiting call and every call that comes later. Closing twice does nothing.</summary>
    public void Close()
    {
        foreach (var call in TakeAll(close: true))
        {
            call.Answer(Allow);
        }
    }

    private bool Release(Func<List<HeldCall>, int> find, int errno)
    {
        HeldCall call;
        lock (_gate)
        {
            var index = find(_held);
            if ((uint)index >= (uint)_held.Count)
            {
                return false;
            }

            call = _held[index];
            _held.RemoveAt(index);
        }

        call.Answer(errno);
        return true;
    }

    private HeldCall[] TakeAll(bool close)
    {
        lock (_gate)
        {
            HeldCall[] held = [.. _held];
            _held.Clear();
            _closed |= close;
            Signal();
            return held;
        }
    }

    /// <summary>Wakes everybody who waits for a change. Called with the lock held.</summary>
    private void Signal()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
