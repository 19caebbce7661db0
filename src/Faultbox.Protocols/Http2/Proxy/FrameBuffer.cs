using System.Buffers;
using System.Runtime.CompilerServices;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>Received bytes of one direction, cut into frames. Memory is rented while there is something in it.</summary>
internal sealed class FrameBuffer(Leg source) : IDisposable
{
    private const int Capacity = 64 * 1024;

    private byte[]? _bytes;
    private int _start;
    private int _end;

    /// <summary>Bytes that were received and not consumed.</summary>
    public Span<byte> Available => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Length of what is available.</summary>
    public int Length => _end - _start;

    /// <summary>Bytes at an offset of what is available.</summary>
    public ReadOnlyMemory<byte> Slice(int offset, int length) => _bytes.AsMemory(_start + offset, length);

    /// <summary>Receives more; 0 at the end of the stream.</summary>
    /// <param name="wanted">Bytes that must fit in, for a frame larger than the buffer.</param>
    /// <param name="cancellation">Ends the wait.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveAsync(int wanted, CancellationToken cancellation)
    {
        if (Length == 0)
        {
            Dispose();
            await source.WaitReadableAsync(cancellation).ConfigureAwait(false);
        }

        MakeRoom(Math.Max(wanted, Length + 1));
        var count = await source.ReceiveAsync(_bytes.AsMemory(_end), cancellation).ConfigureAwait(false);
        _end += count;
        return count;
    }

    /// <summary>Removes bytes from the front.</summary>
    public void Consume(int count) => _start += count;

    /// <inheritdoc/>
    public void Dispose()
    {
        _start = _end = 0;
        if (_bytes is { } bytes)
        {
            _bytes = null;
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void MakeRoom(int total)
    {
        if (_bytes is not null && total <= _bytes.Length - _start && _end < _bytes.Length)
        {
            return;
        }

        var target = _bytes;
        if (target is null || total > target.Length)
        {
            target = ArrayPool<byte>.Shared.Rent(Math.Max(Capacity, total));
        }

        Available.CopyTo(target);
        (_start, _end) = (0, Length);
        if (_bytes is { } old && old != target)
        {
            ArrayPool<byte>.Shared.Return(old);
        }

        _bytes = target;
    }
}
