namespace Faultbox.Protocols.Udp.Proxy;

/// <summary>What one direction of a flow has passed on and lost. For any number of callers.</summary>
internal sealed class FlowCounter
{
    private long _datagrams;
    private long _bytes;
    private long _lost;

    /// <summary>Datagrams sent on.</summary>
    public long Datagrams => Volatile.Read(ref _datagrams);

    /// <summary>Bytes sent on.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Datagrams that the system did not take, as with a full buffer of the socket (send(2), EAGAIN).</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Counts.</summary>
    public void Add(int lost, int datagrams, int bytes)
    {
        Interlocked.Add(ref _datagrams, datagrams);
        Interlocked.Add(ref _bytes, bytes);
        if (lost > 0)
        {
            Interlocked.Add(ref _lost, lost);
        }
    }
}
