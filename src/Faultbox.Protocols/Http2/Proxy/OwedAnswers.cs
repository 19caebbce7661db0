namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>The answers that the service has not completed, by its own numbers of their streams. For any number of callers.</summary>
internal sealed class OwedAnswers
{
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, bool> _begun = [];

    /// <summary><c>body</c> when an answer has begun, <c>response</c> when one is due and none has; null when none is due.</summary>
    public string? Phase
    {
        get
        {
            lock (_gate)
            {
                return _begun.Count == 0 ? null : _begun.ContainsValue(true) ? "body" : "response";
            }
        }
    }

    /// <summary>A request has left for the service.</summary>
    public void Open(uint upstreamId)
    {
        lock (_gate)
        {
            _begun[upstreamId] = false;
        }
    }

    /// <summary>The head of an answer has come.</summary>
    public void Begin(uint upstreamId)
    {
        lock (_gate)
        {
            if (_begun.ContainsKey(upstreamId))
            {
                _begun[upstreamId] = true;
            }
        }
    }

    /// <summary>An answer is complete, or nobody waits for it any more.</summary>
    public void Close(uint upstreamId)
    {
        lock (_gate)
        {
            _begun.Remove(upstreamId);
        }
    }

    /// <summary>The service has said that it answers no later request than this one (RFC 9113 section 6.8).</summary>
    public void CloseAfter(uint lastId)
    {
        lock (_gate)
        {
            foreach (var id in _begun.Keys)
            {
                if (id > lastId)
                {
                    _begun.Remove(id);
                }
            }
        }
    }
}
