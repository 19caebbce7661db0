using System.Runtime.ExceptionServices;

namespace Faultbox.Core.Events;

/// <summary>
/// The one thread that hands the events of a log to its subscribers, in sequence order. Whoever appends only wakes it and never waits.
/// </summary>
internal sealed class EventDispatcher
{
    private readonly EventLog _log;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private Subscription[] _subscriptions = [];
    private ExceptionDispatchInfo? _failure;
    private int _delivered;
    private bool _sleeping;
    private bool _completed;

    /// <summary>Starts the thread.</summary>
    /// <param name="log">Log to read.</param>
    /// <param name="start">Index of the first event to deliver.</param>
    /// <param name="completed">True when the log is already closed.</param>
    public EventDispatcher(EventLog log, int start, bool completed)
    {
        _log = log;
        _delivered = start;
        _completed = completed;
        _thread = new Thread(Run) { IsBackground = true, Name = "event dispatcher" };
        _thread.Start();
    }

    /// <summary>Adds a subscriber for the events from an index on.</summary>
    public IDisposable Add(Action<TraceEvent> handler, int from)
    {
        var subscription = new Subscription(this, handler, from);
        lock (_gate)
        {
            _subscriptions = [.. _subscriptions, subscription];
        }

        return subscription;
    }

    /// <summary>Tells the thread that the log has grown.</summary>
    public void Wake()
    {
        // The log's count was written before and the thread writes its flag before it reads the count: with a full fence on
        // both sides one of the two always sees the other.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping))
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits until every event below an index is delivered; at once on the dispatcher itself.</summary>
    public void Drain(int count)
    {
        if (Thread.CurrentThread == _thread)
        {
            return;
        }

        ExceptionDispatchInfo? failure;
        lock (_gate)
        {
            while (_delivered < count)
            {
                Monitor.Wait(_gate);
            }

            failure = _failure;
            _failure = null;
        }

        failure?.Throw();
    }

    /// <summary>Ends the thread once everything appended so far is delivered.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        while (AwaitEvents(out var end))
        {
            for (var index = _delivered; index < end; index++)
            {
                Deliver(index);
            }

            lock (_gate)
            {
                _delivered = end;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private bool AwaitEvents(out int end)
    {
        lock (_gate)
        {
            while (true)
            {
                Volatile.Write(ref _sleeping, true);
                Interlocked.MemoryBarrier();
                end = _log.Count;
                if (end > _delivered || _completed)
                {
                    _sleeping = false;
                    return end > _delivered;
                }

                Monitor.Wait(_gate);
            }
        }
    }

    private void Deliver(int index)
    {
        var subscriptions = Volatile.Read(ref _subscriptions);
        if (subscriptions.Length == 0)
        {
            return;
        }

        var traceEvent = _log[index];
        if (traceEvent.PreparesService)
        {
            return;
        }

        foreach (var subscription in subscriptions)
        {
            if (subscription.Wants(index))
            {
                Hand(traceEvent, subscription);
            }
        }
    }

    /// <summary>A subscriber that throws ends itself, not the run: the exception reaches whoever drains.</summary>
    private void Hand(TraceEvent traceEvent, Subscription subscription)
    {
        try
        {
            subscription.Handler(traceEvent);
        }
        catch (Exception e)
        {
            subscription.Dispose();
            lock (_gate)
            {
                _failure ??= ExceptionDispatchInfo.Capture(e);
            }
        }
    }

    private sealed class Subscription(EventDispatcher owner, Action<TraceEvent> handler, int from) : IDisposable
    {
        private bool _ended;

        public Action<TraceEvent> Handler => handler;

        public bool Wants(int index) => index >= from && !Volatile.Read(ref _ended);

        public void Dispose()
        {
            Volatile.Write(ref _ended, true);
            lock (owner._gate)
            {
                owner._subscriptions = [.. owner._subscriptions.Where(s => s != this)];
            }
        }
    }
}
