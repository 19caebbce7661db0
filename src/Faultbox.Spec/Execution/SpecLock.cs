namespace Faultbox.Spec.Execution;

/// <summary>
/// Lets one thread at a time run code that can reach values which are not frozen. Waiting threads get their turn in the order they came;
/// whoever blocks gives its turn away for as long as it blocks.
/// </summary>
internal sealed class SpecLock
{
    private readonly Lock _gate = new();
    private readonly Queue<SemaphoreSlim> _waiting = new();
    private bool _taken;

    /// <summary>Runs a function while holding the lock.</summary>
    public T Hold<T>(Func<T> function)
    {
        Enter();
        try
        {
            return function();
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Runs a function that blocks: the lock, which the caller holds, is free meanwhile.</summary>
    public T Release<T>(Func<T> function)
    {
        Exit();
        try
        {
            return function();
        }
        finally
        {
            Enter();
        }
    }

    private void Enter()
    {
        SemaphoreSlim turn;
        lock (_gate)
        {
            if (!_taken)
            {
                _taken = true;
                return;
            }

            turn = new SemaphoreSlim(0, 1);
            _waiting.Enqueue(turn);
        }

        turn.Wait();
        turn.Dispose();
    }

    private void Exit()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var next))
            {
                next.Release();
            }
            else
            {
                _taken = false;
            }
        }
    }
}
