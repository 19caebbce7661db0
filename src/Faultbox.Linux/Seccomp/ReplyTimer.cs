using System.Diagnostics;
using Faultbox.Linux.Native;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Linux.Seccomp;

/// <summary>
/// Answers calls at their deadlines from one thread. Entries live in a heap that grows but never shrinks. The thread sleeps in
/// <c>ppoll</c>, whose timeout is in nanoseconds: managed waits count whole milliseconds.
/// </summary>
public sealed unsafe class ReplyTimer : IDisposable
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly PriorityQueue<Entry, long> _entries = new(256);
    private readonly Lock _gate = new();
    private readonly SafeFileHandle _changed = new(Libc.EventFd(0, Kernel.CloseOnExec | Kernel.NonBlocking), ownsHandle: true);
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
        listener.KeepTime();
        var due = Stopwatch.GetTimestamp() + (long)(after.TotalSeconds * Stopwatch.Frequency);
        bool first;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            first = !_entries.TryPeek(out _, out var next) || due < next;
            _entries.Enqueue(new Entry(listener, id, reply), due);
        }

        if (first)
        {
            WakeUp();
        }
    }

    /// <summary>Ends the thread; entries that are left are answered at once.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        WakeUp();
        _thread.Join();
        _changed.Dispose();
    }

    private void WakeUp()
    {
        ulong one = 1;
        _ = Libc.Write((int)_changed.DangerousGetHandle(), &one, sizeof(ulong));
    }

    private void Run()
    {
        Urgency.Raise();
        while (TryTake(out var entry))
        {
            _ = entry.Reply.Errno == 0 ? entry.Listener.Continue(entry.Id) : entry.Listener.Fail(entry.Id, entry.Reply.Errno);
        }
    }

    /// <summary>Waits for the next deadline; false when the timer is disposed and nothing is left.</summary>
    private bool TryTake(out Entry entry)
    {
        while (true)
        {
            long left;
            lock (_gate)
            {
                if (!_entries.TryPeek(out entry, out var due))
                {
                    if (_disposed)
                    {
                        return false;
                    }

                    left = long.MaxValue;
                }
                else
                {
                    left = due - Stopwatch.GetTimestamp();
                    if (left <= 0 || _disposed)
                    {
                        _entries.Dequeue();
                        return true;
                    }
                }
            }

            Wait(left);
        }
    }

    /// <summary>Sleeps for a number of stopwatch ticks (<see cref="long.MaxValue"/>: for ever), or until an earlier entry comes.</summary>
    private void Wait(long ticks)
    {
        var (seconds, rest) = Math.DivRem(ticks, Stopwatch.Frequency);
        var timeout = new TimeSpec { Seconds = seconds, Nanoseconds = rest * NanosecondsPerSecond / Stopwatch.Frequency };
        var descriptor = (int)_changed.DangerousGetHandle();
        var changed = new PollDescriptor { Descriptor = descriptor, Events = Kernel.PollIn };
        if (Libc.PrecisePoll(&changed, 1, ticks == long.MaxValue ? null : &timeout, null) > 0)
        {
            ulong count;
            _ = Libc.Read(descriptor, &count, sizeof(ulong));
        }
    }

    private readonly record struct Entry(NotificationListener Listener, ulong Id, TimerReply Reply);
}
