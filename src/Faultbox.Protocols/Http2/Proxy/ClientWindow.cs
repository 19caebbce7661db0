namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>
/// The connection window of the client (RFC 9113 section 5.2). The service accounts for it end to end and does not know of the answers of
/// rules, so what those took is kept as a debt: credit that the client returns for them is not passed on, and while a debt is open the
/// service's data waits for real credit.
/// </summary>
internal sealed class ClientWindow
{
    private readonly Lock _gate = new();
    private long _available = 65_535;
    private long _debt;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes credit for data of the service; false when it has to wait for <see cref="Changed"/>.</summary>
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

    /// <summary>Adds credit that the client gave; returns the part that the service must learn of.</summary>
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
                return _changed.Task;
            }
        }
    }

    private void Pulse()
    {
        _changed.TrySetResult();
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
