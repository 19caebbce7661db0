using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Faultbox.Protocols.Polling;

namespace Faultbox.Protocols.Relay;

/// <summary>A leg on a connected stream socket.</summary>
internal sealed class SocketLeg : Leg
{
    private readonly PolledSocket _socket;
    private long _stuckSince;
    private int _stuckBytes;

    /// <summary>Takes over a connected socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="loop">The event loop of its connection.</param>
    public SocketLeg(Socket socket, EventLoop loop)
        : this(new PolledSocket(socket, loop)) => RemoteAddress = socket.RemoteEndPoint?.ToString() ?? "";

    /// <summary>Takes over a connected socket.</summary>
    public SocketLeg(PolledSocket socket)
    {
        _socket = socket;
        socket.SendAtOnce();
    }

    /// <summary>The event loop that the socket is on.</summary>
    public EventLoop Loop => _socket.Loop;

    /// <summary>Bytes that the peer does not take at the moment, and since when it does not.</summary>
    public (int Bytes, TimeSpan Time) Stuck =>
        Volatile.Read(ref _stuckBytes) is not 0 and var bytes ? (bytes, Stopwatch.GetElapsedTime(Volatile.Read(ref _stuckSince))) : default;

    /// <summary><c>host:port</c> of the peer; empty when it has none.</summary>
    public string RemoteAddress { get; } = "";

    /// <inheritdoc/>
    public override SocketLeg? Bare => this;

    /// <inheritdoc/>
    public override bool HasFailed => _socket.HasFailed;

    /// <inheritdoc/>
    public override Task Broken => _socket.Broken;

    /// <inheritdoc/>
    public override Task Delivered => Task.CompletedTask;

    /// <inheritdoc/>
    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) =>
        _socket.ReceiveAsync(buffer, cancellation);

    /// <inheritdoc/>
    public override ValueTask WaitReadableAsync(CancellationToken cancellation) => _socket.WaitReadableAsync(cancellation);

    /// <inheritdoc/>
    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        var sent = _socket.TrySend(data.Span);
        return sent == data.Length ? ValueTask.CompletedTask : FinishAsync(data[sent..], cancellation);
    }

    /// <summary>As <see cref="PolledSocket.TryReceive(SplicePipe, int)"/>.</summary>
    public int TryReceive(SplicePipe pipe, int most) => _socket.TryReceive(pipe, most);

    /// <summary>Sends what is in a pipe; completes when the transport has taken it.</summary>
    public ValueTask SendAsync(SplicePipe pipe, CancellationToken cancellation)
    {
        _socket.TrySend(pipe);
        return pipe.Length == 0 ? ValueTask.CompletedTask : FinishAsync(pipe, cancellation);
    }

    /// <inheritdoc/>
    public override void ShutdownSend() => _socket.ShutdownSend();

    /// <inheritdoc/>
    public override void Reset() => _socket.Reset();

    /// <inheritdoc/>
    public override void Dispose() => _socket.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        try
        {
            while (!data.IsEmpty)
            {
                Stick(data.Length);
                for (int sent; (sent = _socket.TrySend(data.Span)) > 0 && !data.IsEmpty; data = data[sent..])
                {
                }

                if (!data.IsEmpty)
                {
                    await _socket.WaitWritableAsync(cancellation).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            Volatile.Write(ref _stuckBytes, 0);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishAsync(SplicePipe pipe, CancellationToken cancellation)
    {
        try
        {
            while (pipe.Length > 0)
            {
                Stick(pipe.Length);
                while (_socket.TrySend(pipe) > 0 && pipe.Length > 0)
                {
                }

                if (pipe.Length > 0)
                {
                    await _socket.WaitWritableAsync(cancellation).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            Volatile.Write(ref _stuckBytes, 0);
        }
    }

    private void Stick(int bytes)
    {
        Volatile.Write(ref _stuckSince, Stopwatch.GetTimestamp());
        Volatile.Write(ref _stuckBytes, bytes);
    }
}
