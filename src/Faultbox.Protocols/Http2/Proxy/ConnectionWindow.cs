namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>
/// The connection window of a receiver (RFC 9113 section 5.2). The sender accounts for it end to end and does not know of what rules do, so what
/// the receiver has not granted is kept as a debt: what the answers of rules took, and what the sender was given for data that rules hold, so that
/// no other stream has to wait for them. Credit that the receiver returns repays the debt before it is passed on, and while a debt is open
/// the sender's data waits for real credit.
/// </summary>
internal sealed class ConnectionWindow
{
    private readonly Lock _gate = new();
    private long _available = 65_535;
    private long _debt;

    /// <summary>Null while nobody waits: most credit comes when there is enough of it.</summary>
    private TaskCompletionSource? _changed;

    /// <summary>Takes credit for data of the sender; false when it has to wait for <see cref="Changed"/>.</summary>
    public bool TryTake(int bytes)
    {
        lock (_gate)
        {
            if (_debt > 0 && _available < bytes)
            {
                return false;
            }

            _available -= bytes;
            return true;
        }
    }

    /// <summary>Takes credit for the answer of a rule: as much as there is, up to a maximum.</summary>
    public int Borrow(int maximum)
    {
        lock (_gate)
        {
            var bytes = (int)Math.Clamp(_available, 0, maximum);
            _available -= bytes;
            _debt += bytes;
            return bytes;
        }
    }

    /// <summary>Data leave for which the sender was given credit while they were held.</summary>
    public void Owe(int bytes)
    {
        lock (_gate)
        {
            _debt += bytes;
        }
    }

    /// <summary>Adds credit that the receiver gave; returns the part that the sender must learn of.</summary>
    public int Add(int increment)
    {
        lock (_gate)
        {
            var repaid = Math.Min(_debt, increment);
            _debt -= repaid;
            _available += increment;
            Pulse();
            return (int)(increment - repaid);
        }
    }

    /// <summary>Wakes everybody who waits for a change, of this window or of a stream.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            Pulse();
        }
    }

    /// <summary>Completes at the next change. Take it before looking.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                _changed ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                return _changed.Task;
            }
        }
    }

    private void Pulse()
    {
        _changed?.TrySetResult();
        _changed = null;
    }
}
