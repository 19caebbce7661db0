namespace Faultbox.Protocols.Http.Proxy;

/// <summary>
/// The answers that are due on a connection, in the order of their requests. Whoever owns the first one may write to the client: the
/// response side for forwarded requests, the request side for answers of its own.
/// </summary>
internal sealed class ExchangeQueue
{
    /// <summary>Most answers that may be due: no client needs as many, and a service that never answers would let them grow for ever.</summary>
    public const int Maximum = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<Exchange> _due = new();
    private TaskCompletionSource? _empty;
    private bool _ended;

    /// <summary>The answer that is due next; null when none is.</summary>
    public Exchange? First
    {
        get
        {
            lock (_gate)
            {
                return _due.TryPeek(out var exchange) ? exchange : null;
            }
        }
    }

    /// <summary>Adds a forwarded request, unless too many are waiting. Call it before its first byte leaves.</summary>
    public bool TryAdd(Exchange exchange)
    {
        lock (_gate)
        {
            if (_due.Count == Maximum)
            {
                return false;
            }

            _due.Enqueue(exchange);
            return true;
        }
    }

    /// <summary>Ends the first exchange: its answer is complete.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _due.Dequeue();
            if (_due.Count == 0)
            {
                _empty?.TrySetResult();
                _empty = null;
            }
        }
    }

    /// <summary>Waits until every answer that is due has been given; used by the request side before an answer of its own.</summary>
    public Task Emptied()
    {
        lock (_gate)
        {
            if (_due.Count == 0)
            {
                return Task.CompletedTask;
            }

            if (_ended)
            {
                return Task.FromException(new IOException("the service ended the connection"));
            }

            return (_empty ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>No further answer will come: who waits for one is told.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            _empty?.TrySetException(new IOException("the service ended the connection"));
            foreach (var exchange in _due)
            {
                exchange.Decide(tunnel: false);
                exchange.Replay?.Finish();
            }
        }
    }
}
