using System.Threading.Tasks.Sources;

namespace Faultbox.Protocols.Polling;

/// <summary>
/// Waiting for one direction of a socket, without allocation. Who waits goes on on the thread of the event loop, except after a cancellation
/// or the end of the socket, which happen on threads of others. Somebody who comes while another one waits is woken with it and tries again.
/// </summary>
/// <param name="isReady">True when the first attempt may come before the first wait.</param>
internal sealed class ReadinessWait(bool isReady = true) : IValueTaskSource, IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Ready = 1;
    private const int Preparing = 2;
    private const int Waiting = 3;
    private const int Ending = 4;
    private const int Closed = 5;

    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;
    private TaskCompletionSource? _others;
    private int _state = isReady ? Ready : Idle;

    /// <summary>True when something has happened since <see cref="Clear"/>.</summary>
    public bool IsReady => Volatile.Read(ref _state) is Ready or Closed;

    /// <summary>Forgets what has happened: call it before the system call that finds out.</summary>
    public void Clear() => Interlocked.CompareExchange(ref _state, Idle, Ready);

    /// <summary>Waits until something happens; at once when something has since <see cref="Clear"/>.</summary>
    public ValueTask WaitAsync(CancellationToken cancellation)
    {
        switch (Interlocked.CompareExchange(ref _state, Preparing, Idle))
        {
            case Idle:
                break;
            case Preparing or Waiting or Ending:
                return JoinAsync(cancellation);
            default:
                return ValueTask.CompletedTask;
        }

        _core.Reset();
        _core.RunContinuationsAsynchronously = false;
        var wait = new ValueTask(this, _core.Version);
        Follow(cancellation);
        if (Interlocked.CompareExchange(ref _state, Waiting, Preparing) is var state and not Preparing)
        {
            if (state == Closed)
            {
                _registration.Unregister();
            }

            return ValueTask.CompletedTask;
        }

        if (cancellation.IsCancellationRequested)
        {
            Cancel(cancellation);
        }

        return wait;
    }

    /// <summary>Something has happened.</summary>
    public void Signal()
    {
        switch (Interlocked.CompareExchange(ref _state, Ending, Waiting))
        {
            case Waiting:
                _core.SetResult(true);
                break;
            case Preparing when Interlocked.CompareExchange(ref _state, Ready, Preparing) != Preparing:
                // It has begun to wait meanwhile.
                Signal();
                break;
            case Preparing:
                WakeOthers();
                break;
            case Idle when Interlocked.CompareExchange(ref _state, Ready, Idle) != Idle:
                Signal();
                break;
        }
    }

    /// <inheritdoc/>
    public void Execute() => Signal();

    /// <summary>The socket is closed: who waits finds out by trying.</summary>
    public void Close()
    {
        var state = Interlocked.Exchange(ref _state, Closed);
        WakeOthers();
        if (state == Waiting)
        {
            _core.RunContinuationsAsynchronously = true;
            _core.SetResult(true);
        }

        _registration.Unregister();
    }

    /// <inheritdoc/>
    public void GetResult(short token)
    {
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            // Only now may somebody else wait.
            Interlocked.CompareExchange(ref _state, Ready, Ending);
            WakeOthers();
        }
    }

    /// <summary>
    /// Never says that the wait is over: who asked would go on, and wait anew, while the thread that ends the wait has not left it yet.
    /// </summary>
    public ValueTaskSourceStatus GetStatus(short token) => ValueTaskSourceStatus.Pending;

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>Waits with the one who came first.</summary>
    private ValueTask JoinAsync(CancellationToken cancellation)
    {
        var others = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        others = Interlocked.CompareExchange(ref _others, others, null) ?? others;
        if (Volatile.Read(ref _state) is not (Preparing or Waiting or Ending))
        {
            WakeOthers();
        }

        return new ValueTask(others.Task.WaitAsync(cancellation));
    }

    private void WakeOthers()
    {
        if (Volatile.Read(ref _others) is not null)
        {
            Interlocked.Exchange(ref _others, null)?.TrySetResult();
        }
    }

    /// <summary>Watches a token; the same one is used for many waits and registered once.</summary>
    private void Follow(CancellationToken cancellation)
    {
        if (cancellation != _token)
        {
            // Returns when a cancellation by the former token is over: it would end the wait that begins now.
            _registration.Dispose();
            _token = cancellation;
            _registration = cancellation.UnsafeRegister(static (wait, token) => ((ReadinessWait)wait!).Cancel(token), this);
        }
    }

    private void Cancel(CancellationToken token)
    {
        if (token == _token && Interlocked.CompareExchange(ref _state, Ending, Waiting) == Waiting)
        {
            _core.RunContinuationsAsynchronously = true;
            _core.SetException(new OperationCanceledException(token));
        }
    }
}
