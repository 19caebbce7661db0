namespace Faultbox.Protocols.Udp.Proxy;

/// <summary>Datagrams of one direction of a flow that wait for others to pass them.</summary>
internal sealed class HeldDatagrams
{
    private readonly Lock _gate = new();
    private readonly List<Held> _held = [];

    /// <summary>True when none waits.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _held.Count == 0;
            }
        }
    }

    /// <summary>Holds a datagram; the returned action lets it go if it still waits.</summary>
    /// <param name="count">Datagrams that pass it.</param>
    /// <param name="send">Sends it.</param>
    public Action Add(int count, Action send)
    {
        var held = new Held(send) { Left = count };
        lock (_gate)
        {
            _held.Add(held);
        }

        return () => Release(h => h == held);
    }

    /// <summary>A datagram has passed: lets those go that have waited long enough.</summary>
    public void Passed()
    {
        lock (_gate)
        {
            if (_held.Count == 0)
            {
                return;
            }

            _held.ForEach(h => h.Left--);
        }

        Release(h => h.Left <= 0);
    }

    private void Release(Predicate<Held> isDue)
    {
        List<Held> due;
        lock (_gate)
        {
            due = _held.FindAll(isDue);
            _held.RemoveAll(isDue);
        }

        due.ForEach(h => h.Send());
    }

    private sealed class Held(Action send)
    {
        public int Left { get; set; }

        public Action Send => send;
    }
}
