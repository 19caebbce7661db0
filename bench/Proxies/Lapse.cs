using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Faultbox.Bench.Proxies;

/// <summary>
/// A time to wait, always the same, to the precision of a sleeping thread: the timers of tasks count whole ticks. One thread sleeps for all
/// who wait, so that waiting takes hardly any time of a processor, as in a handler that waits for another service.
/// </summary>
internal sealed partial class Lapse
{
    private readonly TimeSpan _time;
    private readonly BlockingCollection<(long Began, TaskCompletionSource Over)> _waiting = [];

    /// <summary>A time that passes once for everyone who waits for it.</summary>
    public Lapse(TimeSpan time)
    {
        _time = time;
        new Thread(Run) { IsBackground = true, Name = "lapse" }.Start();
    }

    /// <summary>Completes when the time has passed since the call.</summary>
    public Task PassAsync()
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add((Stopwatch.GetTimestamp(), over));
        return over.Task;
    }

    private void Run()
    {
        // Those who came first are due first.
        foreach (var (began, over) in _waiting.GetConsumingEnumerable())
        {
            var left = _time - Stopwatch.GetElapsedTime(began);
            if (left > TimeSpan.Zero)
            {
                // Thread.Sleep knows whole milliseconds only.
                var time = new TimeSpec(0, (nint)left.TotalNanoseconds);
                _ = Sleep(in time, 0);
            }

            over.SetResult();
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int Sleep(in TimeSpec time, nint left);

    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);
}
