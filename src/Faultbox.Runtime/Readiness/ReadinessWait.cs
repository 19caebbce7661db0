using System.Diagnostics;
using Faultbox.Runtime.Execution;

namespace Faultbox.Runtime.Readiness;

/// <summary>
/// Waits for one service on a thread of its own: attempts follow each other with growing pauses until one succeeds, the limit passes, or
/// the wait is cancelled because the service ended or the run did.
/// </summary>
internal sealed class ReadinessWait
{
    /// <summary>A timer of an attempt may fire this much before the wait's own limit is reached.</summary>
    private static readonly TimeSpan TimerResolution = TimeSpan.FromMilliseconds(20);

    /// <summary>An attempt that the deadline ended after less than this says less than the one before it.</summary>
    private static readonly TimeSpan Telling = TimeSpan.FromMilliseconds(200);

    private readonly ReadinessCheck _check;
    private readonly CancellationToken _cancellation;
    private readonly long _start = Stopwatch.GetTimestamp();
    private volatile string? _lastCause;

    /// <summary>Starts waiting.</summary>
    public ReadinessWait(string service, ReadinessCheck check, CancellationToken cancellation)
    {
        Service = service;
        _check = check;
        _cancellation = cancellation;
        Completion = SpecThread.Start($"ready:{service}", Poll);
    }

    /// <summary>Service waited for.</summary>
    public string Service { get; }

    /// <summary>Kind of the check.</summary>
    public string Kind => _check.Kind;

    /// <summary>What is asked, as it is written.</summary>
    public string Place => _check.Place;

    /// <summary>Time waited so far.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Time allowed.</summary>
    public TimeSpan Limit => _check.Limit;

    /// <summary>Why the last attempt failed; null before the first one ended.</summary>
    public string? LastCause => _lastCause;

    /// <summary>True once the service is ready, false when the limit passed; cancelled when the wait was.</summary>
    public Task<bool> Completion { get; }

    /// <summary>Text of the failure for a wait that reached its limit.</summary>
    public string FailureText => _check.FailureText(_lastCause);

    private bool Poll()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
        deadline.CancelAfter(Limit);
        var pause = _check.FirstPause;
        while (true)
        {
            _cancellation.ThrowIfCancellationRequested();
            var remaining = Limit - Elapsed;
            if (remaining <= TimeSpan.Zero)
            {
                return false;
            }

            if (Attempt(remaining, deadline.Token))
            {
                return true;
            }

            _cancellation.WaitHandle.WaitOne(Least(pause, Limit - Elapsed));
            pause = Least(pause * 2, _check.LongestPause);
        }
    }

    private bool Attempt(TimeSpan remaining, CancellationToken deadline)
    {
        var start = Elapsed;
        try
        {
            var cause = _check.Attempt(Least(remaining, _check.AttemptLimit), deadline);
            if (cause is null)
            {
                return true;
            }

            var end = Elapsed;
            var isCutShort = end >= Limit - TimerResolution && end - start < Telling;
            _lastCause = isCutShort ? _lastCause ?? cause : cause;
            return false;
        }
        catch (OperationCanceledException) when (!_cancellation.IsCancellationRequested)
        {
            _lastCause ??= "no answer before the deadline";
            return false;
        }
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? (a < TimeSpan.Zero ? TimeSpan.Zero : a) : b < TimeSpan.Zero ? TimeSpan.Zero : b;
}
