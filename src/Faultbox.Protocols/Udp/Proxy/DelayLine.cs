using System.Diagnostics;

namespace Faultbox.Protocols.Udp.Proxy;

/// <summary>Does things later: earlier ones first, equal times in the order in which they were asked for. One task serves all.</summary>
internal sealed class DelayLine : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Action, (long Due, long Number)> _waiting = new();
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _number;
    private bool _isRunning;

    /// <summary>Does something after a time.</summary>
    public void Add(TimeSpan delay, Action action)
    {
        lock (_gate)
        {
            var due = Stopwatch.GetTimestamp() + (long)(delay.TotalSeconds * Stopwatch.Frequency);
            _waiting.Enqueue(action, (due, _number++));
            _changed.TrySetResult();
            if (!_isRunning)
            {
                _isRunning = true;
                _ = RunAsync();
            }
        }
    }

    /// <summary>Forgets what is still waiting.</summary>
    public void Dispose() => _stop.Cancel();

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                Task changed;
                TimeSpan? wait;
                Action? due = null;
                lock (_gate)
                {
                    if (_changed.Task.IsCompleted)
                    {
                        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    }

                    changed = _changed.Task;
                    wait = _waiting.TryPeek(out _, out var next)
                        ? TimeSpan.FromSeconds((next.Due - Stopwatch.GetTimestamp()) / (double)Stopwatch.Frequency)
                        : null;
                    if (wait <= TimeSpan.Zero)
                    {
                        due = _waiting.Dequeue();
                    }
                }

                if (due is not null)
                {
                    due();
                }
                else
                {
                    await Task.WhenAny(changed, wait is { } time ? Task.Delay(time, _stop.Token) : changed).WaitAsync(_stop.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The proxy has stopped.
        }
    }
}
