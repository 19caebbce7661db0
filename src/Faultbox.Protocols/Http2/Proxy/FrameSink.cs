using System.Runtime.CompilerServices;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>
/// Writes whole frames to one leg; relay, answers of rules and flow control share it. The first frames of a connection are the peer's own:
/// everything else waits for them.
/// </summary>
internal sealed class FrameSink(Leg leg) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Writes frames of the other leg.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RelayAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellation)
    {
        await SendAsync(frames, cancellation).ConfigureAwait(false);
        _begun.TrySetResult();
    }

    /// <summary>Writes frames of the proxy itself.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellation)
    {
        await _begun.Task.WaitAsync(cancellation).ConfigureAwait(false);
        await SendAsync(frames, cancellation).ConfigureAwait(false);
    }

    /// <summary>Writes frames that are made when it is their turn: numbers of new streams must grow on the wire.</summary>
    public async ValueTask WriteAsync(Func<byte[]> make, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (make() is { Length: > 0 } frames)
            {
                await leg.SendAsync(frames, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await leg.SendAsync(frames, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }
}
