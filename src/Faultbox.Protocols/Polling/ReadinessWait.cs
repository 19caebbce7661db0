using System.Threading.Tasks.Sources;

namespace Faultbox.Protocols.Polling;

/// <summary>
/// Waiting for one direction of a socket, for one waiter at a time and without allocation. Who waits goes on on the thread of the event
/// loop, except after a cancellation or the end of the socket, which happen on threads of others.
/// </summary>
/// <param name="isReady">True when the first attempt may come before the first wait.</param>
internal sealed class ReadinessWait(bool isReady = true) : IValueTaskSource
{
    private const int Idle = 0;
    private const int Ready = 1;
    private const int Waiting = 2;
    private const int Closed = 3;

    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;
    private int _state = isReady ? Ready : Idle;

    /// <summary>False when nothing has happened since <see cref="Clear"/>.</summary>
    public bool IsReady => Volatile.Read(ref _state) != Idle;

    /// <summary>Forgets what has happened: call it before the system call that finds out.</summary>
    public void Clear() => Interlocked.CompareExchange(ref _state, Idle, Ready);

    /// <summary>Waits until something happens; at once when something has since <see cref="Clear"/>.</summary>
    public ValueTask WaitAsync(CancellationToken cancellation)
    {
        _core.Reset();
        _core.RunContinuationsAsynchronously = false;
        var version = _core.Version;
        Follow(cancellation);
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) != Idle)
        {
            if (Volatile.Read(ref _state) == Closed)
            {
                _registration.Unregister();
            }

            return ValueTask.CompletedTask;
        }

        if (cancellation.IsCancellationRequested)
        {
            Cancel(cancellation);
        }

        return new ValueTask(this, version);
    }

    /// <summary>Something has happened.</summary>
    public void Signal()
    {
        if (Interlocked.CompareExchange(ref _state, Ready, Waiting) == Waiting)
        {
            _core.SetResult(true);
        }
        else
        {
            Interlocked.CompareExchange(ref _state, Ready, Idle);
        }
    }

    /// <summary>The socket is closed: who waits finds out by trying.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _state, Closed) == Waiting)
        {
            _core.RunContinuationsAsynchronously = true;
            _core.SetResult(true);
        }

        _registration.Unregister();
    }

    /// <inheritdoc/>
    public void GetResult(short token) => _core.GetResult(token);

    /// <summary>
    /// Never says that the wait is over: who asked would go on, and wait anew, while the thread that ends the wait has not left it yet.
    /// </summary>
    public ValueTaskSourceStatus GetStatus(short token) => ValueTaskSourceStatus.Pending;

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>Watches a token; the same one is used for many waits and registered once.</summary>
    private void Follow(CancellationToken cancellation)
    {
        if (cancellation != _token)
        {
            _registration.Unregister();
            _token = cancellation;
            _registration = cancellation.UnsafeRegister(static (wait, token) => ((ReadinessWait)wait!).Cancel(token), this);
        }
    }

    private void Cancel(CancellationToken token)
    {
        if (token == _token && Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
        {
            _core.RunContinuationsAsynchronously = true;
            _core.SetException(new OperationCanceledException(token));
        }
    }
}
