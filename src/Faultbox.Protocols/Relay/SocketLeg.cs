using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Faultbox.Protocols.Relay;

/// <summary>A leg on a connected stream socket.</summary>
internal sealed class SocketLeg : Leg
{
    private readonly Socket _socket;
    private long _stuckSince;
    private int _stuckBytes;

    /// <summary>Takes over a connected socket.</summary>
    public SocketLeg(Socket socket)
    {
        _socket = socket;
        if (socket.ProtocolType == ProtocolType.Tcp)
        {
            socket.NoDelay = true;
        }

        RemoteAddress = socket.RemoteEndPoint?.ToString() ?? "";
    }

    /// <summary>Bytes that the peer does not take at the moment, and since when it does not.</summary>
    public (int Bytes, TimeSpan Time) Stuck =>
        (Volatile.Read(ref _stuckBytes), Stopwatch.GetElapsedTime(Volatile.Read(ref _stuckSince)));

    /// <summary><c>host:port</c> of the peer; empty when it has none.</summary>
    public string RemoteAddress { get; }

    /// <summary>True when the transport has failed; a peer that ended in order has not.</summary>
    public bool HasFailed => !_socket.Connected;

    /// <inheritdoc/>
    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) =>
        _socket.ReceiveAsync(buffer, SocketFlags.None, cancellation);

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WaitReadableAsync(CancellationToken cancellation) =>
        await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        var sending = _socket.SendAsync(data, SocketFlags.None, cancellation);
        if (!sending.IsCompletedSuccessfully)
        {
            return FinishAsync(sending, data, cancellation);
        }

        // The result may be taken only once.
        var sent = sending.Result;
        return sent == data.Length ? ValueTask.CompletedTask : FinishAsync(ValueTask.FromResult(0), data[sent..], cancellation);
    }

    /// <inheritdoc/>
    public override void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    /// <inheritdoc/>
    public override void Reset()
    {
        try
        {
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }

        _socket.Dispose();
    }

    /// <inheritdoc/>
    public override void Dispose() => _socket.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishAsync(ValueTask<int> sending, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        try
        {
            data = data[await Stall(sending, data.Length).ConfigureAwait(false)..];
            while (!data.IsEmpty)
            {
                data = data[await Stall(_socket.SendAsync(data, SocketFlags.None, cancellation), data.Length).ConfigureAwait(false)..];
            }
        }
        finally
        {
            Volatile.Write(ref _stuckBytes, 0);
        }
    }

    /// <summary>Notes how many bytes the peer has yet to take, from now on.</summary>
    private ValueTask<int> Stall(ValueTask<int> sending, int bytes)
    {
        Volatile.Write(ref _stuckSince, Stopwatch.GetTimestamp());
        Volatile.Write(ref _stuckBytes, bytes);
        return sending;
    }
}
