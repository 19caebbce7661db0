using System.Buffers;
using System.Runtime.CompilerServices;
using Faultbox.Protocols.Http.Codec;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>
/// Bytes of one direction between their arrival and their departure. Positions only grow: bytes before <see cref="Sent"/> have left or are
/// withheld for good, bytes before <see cref="Parsed"/> are understood. Memory is rented while there is something in it.
/// </summary>
internal sealed class RelayBuffer(Leg source, Leg destination) : IDisposable
{
    private const int Capacity = HeadLines.MaximumLength;

    private byte[]? _bytes;
    private int _end;

    /// <summary>Where the next byte to leave is.</summary>
    public int Sent { get; private set; }

    /// <summary>Where the next byte to understand is.</summary>
    public int Parsed { get; private set; }

    /// <summary>Bytes that are not understood yet.</summary>
    public ReadOnlySpan<byte> Unparsed => _bytes.AsSpan(Parsed, _end - Parsed);

    /// <summary>The same as memory, for readers that keep it until the next receive.</summary>
    public ReadOnlyMemory<byte> UnparsedMemory => _bytes.AsMemory(Parsed, _end - Parsed);

    /// <summary>Bytes that are understood and have not left.</summary>
    public ReadOnlySpan<byte> Pending => _bytes.AsSpan(Sent, Math.Max(0, Parsed - Sent));

    /// <summary>True when everything is understood and has left.</summary>
    public bool IsEmpty => Parsed == _end && Sent == _end;

    /// <summary>True when bytes have left that are not understood.</summary>
    public bool IsAhead => Sent > Parsed;

    /// <summary>True when a head that fills the buffer still has no end.</summary>
    public bool IsFull => _bytes is not null && _end - Math.Min(Parsed, Sent) == _bytes.Length;

    /// <summary>Receives what is there; 0 at the end of the stream. Without content the buffer is given back while it waits.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveAsync(CancellationToken cancellation)
    {
        Compact();
        if (_bytes is null)
        {
            await source.WaitReadableAsync(cancellation).ConfigureAwait(false);
            _bytes = ArrayPool<byte>.Shared.Rent(Capacity);
        }

        var count = await source.ReceiveAsync(_bytes.AsMemory(_end), cancellation).ConfigureAwait(false);
        _end += count;
        return count;
    }

    /// <summary>Waits until something can be received, for someone who receives it elsewhere. The buffer is empty.</summary>
    public ValueTask WaitReadableAsync(CancellationToken cancellation)
    {
        Compact();
        return source.WaitReadableAsync(cancellation);
    }

    /// <summary>Makes room for a head and the beginning of its body.</summary>
    public void Grow(int capacity)
    {
        if (_bytes!.Length >= capacity)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(capacity);
        _bytes.AsSpan(0, _end).CopyTo(larger);
        Dispose();
        _bytes = larger;
    }

    /// <summary>Puts other bytes in the place of some that are not understood yet.</summary>
    /// <param name="range">Which ones, from <see cref="Parsed"/> on.</param>
    /// <param name="with">What takes their place.</param>
    public void Replace(Range range, ReadOnlySpan<byte> with)
    {
        var (offset, length) = range.GetOffsetAndLength(_end - Parsed);
        Grow(_end + with.Length - length);
        var start = Parsed + offset;
        _bytes.AsSpan((start + length).._end).CopyTo(_bytes.AsSpan(start + with.Length));
        with.CopyTo(_bytes.AsSpan(start));
        _end += with.Length - length;
    }

    /// <summary>Marks bytes as understood.</summary>
    public void Advance(int count) => Parsed += count;

    /// <summary>Marks everything as understood.</summary>
    public void AdvanceAll() => Parsed = _end;

    /// <summary>Takes the understood bytes that have not left out of the stream: they never leave.</summary>
    public void Withhold() => Sent = Parsed;

    /// <summary>Sends the understood bytes, or all of them.</summary>
    /// <param name="all">True to send bytes that are not understood yet, too.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Bytes sent.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> SendAsync(bool all, CancellationToken cancellation)
    {
        var end = all ? _end : Parsed;
        var count = end - Sent;
        if (count <= 0)
        {
            return 0;
        }

        await destination.SendAsync(_bytes.AsMemory(Sent, count), cancellation).ConfigureAwait(false);
        Sent = end;
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_bytes is { } bytes)
        {
            _bytes = null;
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Compact()
    {
        var start = Math.Min(Parsed, Sent);
        if (start == _end)
        {
            Parsed = Sent = _end = 0;
            Dispose();
        }
        else if (start > 0 && _end == _bytes!.Length)
        {
            Buffer.BlockCopy(_bytes, start, _bytes, 0, _end - start);
            Parsed -= start;
            Sent -= start;
            _end -= start;
        }
    }
}
