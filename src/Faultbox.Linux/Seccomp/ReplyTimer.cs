using System.Diagnostics;

namespace Faultbox.Linux.Seccomp;

/// <summary>What a delayed call gets at its deadline: it runs, or it fails with an errno.</summary>
/// <param name="Errno">Positive error number, or 0 to let the call run.</param>
public readonly record struct TimerReply(int Errno)
{
    /// <summary>The call runs.</summary>
    public static TimerReply Continue => default;

    /// <summary>The call fails.</summary>
    public static TimerReply Fail(int errno) => new(errno);
}

/// <summary>Answers calls at their deadlines from one thread. Entries live in a heap that grows but never shrinks.</summary>
public sealed class ReplyTimer : IDisposable
{
    private readonly PriorityQueue<Entry, long> _entries = new(256);
    private readonly object _gate = new();
    private readonly Thread _thread;
    private bool _disposed;

    /// <summary>Starts the thread.</summary>
    public ReplyTimer()
    {
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "reply timer" };
        _thread.Start();
    }

    /// <summary>Answers a call after a delay.</summary>
    public void Schedule(NotificationListener listener, ulong id, TimeSpan after, TimerReply reply)
    {
        var due = Stopwatch.GetTimestamp() + (long)(after.TotalSeconds * Stopwatch.Frequency);
        lock (_gate)
        {
            var first = !_entries.TryPeek(out _, out var next) || due < next;
            _entries.Enqueue(new Entry(listener, id, reply), due);
            if (first)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Ends the thread; entries that are left are answered at once.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (TryTake(out var entry))
        {
            _ = entry.Reply.Errno == 0 ? entry.Listener.Continue(entry.Id) : entry.Listener.Fail(entry.Id, entry.Reply.Errno);
        }
    }

    private bool TryTake(out Entry entry)
    {
        lock (_gate)
        {
            while (true)
            {
                if (_entries.TryPeek(out entry, out var due))
                {
                    var left = due - Stopwatch.GetTimestamp();
                    if (left <= 0 || _disposed)
                    {
                        _entries.Dequeue();
                        return true;
                    }

                    // Rounded up: waking early would mean waiting twice.
                    Monitor.Wait(_gate, (int)Math.Min(int.MaxValue, (left * 1000 / Stopwatch.Frequency) + 1));
                }
                else if (_disposed)
                {
                    return false;
                }
                else
                {
                    Monitor.Wait(_gate);
                }
            }
        }
    }

    private readonly record struct Entry(NotificationListener Listener, ulong Id, TimerReply Reply);
}
