using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Faultbox.Protocols.Polling;

/// <summary>
/// A stream socket on an event loop: tries first and waits only when there is nothing to do. One reader and one writer at a time.
/// </summary>
internal sealed class PolledSocket : IPolled, IDisposable
{
    private const int NoSignal = 0x4000;
    private const int Peek = 0x2;
    private const int WriteDirection = 1;

    /// <summary>Receives in a row after which other connections have a turn.</summary>
    private const int Burst = 16;

    private static readonly TimeSpan FullQueuePause = TimeSpan.FromMilliseconds(5);

    private readonly EventLoop _loop;
    private readonly Socket _socket;
    private readonly ReadinessWait _readable = new();
    private readonly ReadinessWait _writable;
    private readonly ulong _key;
    private volatile bool _peerEnded;
    private volatile bool _hasFailed;
    private volatile bool _isBroken;
    private TaskCompletionSource? _broken;
    private bool _isDrained;
    private int _burst;

    /// <summary>Takes over a connected socket.</summary>
    public PolledSocket(Socket socket, EventLoop loop)
        : this(socket, loop, isConnected: true)
    {
    }

    private PolledSocket(Socket socket, EventLoop loop, bool isConnected)
    {
        _writable = new ReadinessWait(isConnected);
        _loop = loop;
        _socket = socket;
        socket.Blocking = false;
        _key = loop.Register(this, EpollEvents.In | EpollEvents.Out | EpollEvents.PeerEnded | EpollEvents.Edge);
    }

    /// <inheritdoc/>
    public SafeSocketHandle Handle => _socket.SafeHandle;

    /// <summary>The loop that it is on.</summary>
    public EventLoop Loop => _loop;

    /// <summary>True when the transport has failed; a peer that ended in order has not.</summary>
    public bool HasFailed => _hasFailed;

    /// <summary>Completes when the peer resets the connection or the network fails it, whether anybody reads or writes or not.</summary>
    public Task Broken
    {
        get
        {
            var broken = Volatile.Read(ref _broken);
            if (broken is null)
            {
                broken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                broken = Interlocked.CompareExchange(ref _broken, broken, null) ?? broken;
            }

            if (_isBroken)
            {
                broken.TrySetResult();
            }

            return broken.Task;
        }
    }

    /// <summary>Connects to an address.</summary>
    /// <exception cref="SocketException">It refused, or cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">Time ran out.</exception>
    public static async ValueTask<PolledSocket> ConnectAsync(EndPoint address, EventLoop loop, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, address is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified)
        {
            Blocking = false,
        };
        PolledSocket? polled = null;
        try
        {
            bool? begun;
            while ((begun = Begin(socket.SafeHandle, address.Serialize())) is null)
            {
                await Task.Delay(FullQueuePause, cancellation).ConfigureAwait(false);
            }

            var isConnected = begun.Value;
            polled = new PolledSocket(socket, loop, isConnected);
            if (!isConnected)
            {
                await polled._writable.WaitAsync(cancellation).ConfigureAwait(false);
                if (socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is int error and not 0)
                {
                    throw new SocketException(error);
                }
            }

            return polled;
        }
        catch
        {
            polled?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Tell(EpollEvents events)
    {
        if ((events & (EpollEvents.PeerEnded | EpollEvents.HangUp | EpollEvents.Error)) != 0)
        {
            _peerEnded = true;
        }

        if ((events & EpollEvents.Error) != 0)
        {
            // Who asks at the same time sees either the one or the other.
            _isBroken = true;
            Interlocked.MemoryBarrier();
            Volatile.Read(ref _broken)?.TrySetResult();
        }

        if ((events & ~EpollEvents.Out) != 0)
        {
            _readable.Signal();
        }

        if ((events & ~(EpollEvents.In | EpollEvents.PeerEnded)) != 0)
        {
            _writable.Signal();
        }
    }

    /// <summary>Waits until something can be received, the end of the stream included.</summary>
    public ValueTask WaitReadableAsync(CancellationToken cancellation)
    {
        if (!IsDrained && (_peerEnded || HasBytes()))
        {
            return ++_burst < Burst ? ValueTask.CompletedTask : YieldAsync(cancellation);
        }

        _burst = 0;
        return _readable.WaitAsync(cancellation);
    }

    /// <summary>Receives at least one byte; 0 at the end of the stream.</summary>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) =>
        !IsDrained && TryReceive(buffer.Span, out var count) ? ValueTask.FromResult(count) : WaitAndReceiveAsync(buffer, cancellation);

    /// <summary>Sends what the transport takes now; 0 when it takes nothing.</summary>
    public int TrySend(ReadOnlySpan<byte> data)
    {
        while (true)
        {
            var count = Libc.Send(Handle, data, data.Length, NoSignal);
            if (count >= 0 || !SendsAgain())
            {
                return (int)Math.Max(count, 0);
            }
        }
    }

    /// <summary>Sends what is in a pipe and the transport takes now; 0 when it takes nothing.</summary>
    public int TrySend(SplicePipe pipe)
    {
        while (true)
        {
            var count = pipe.Drain(this);
            if (count >= 0 || !SendsAgain())
            {
                return Math.Max(count, 0);
            }
        }
    }

    /// <summary>
    /// Receives into an empty pipe what is there; -1 when there is nothing, or others are to have a turn: wait until it is readable. 0 at the
    /// end of the stream, and from a socket that cannot do it: <see cref="ReceiveAsync"/> tells which.
    /// </summary>
    public int TryReceive(SplicePipe pipe, int most)
    {
        if (IsDrained || ++_burst >= Burst)
        {
            return -1;
        }

        _readable.Clear();
        _isDrained = false;
        var count = pipe.Fill(this, most);
        if (count >= 0)
        {
            return count;
        }

        switch (Marshal.GetLastPInvokeError())
        {
            case Libc.TryAgain:
                _isDrained = true;
                return -1;
            case Libc.Interrupted:
                return -1;
            case Libc.InvalidArgument:
                return 0;
            case var error:
                throw Failed(error);
        }
    }

    /// <summary>Waits until the transport takes bytes again, after <see cref="TrySend(ReadOnlySpan{byte})"/> said that it does not.</summary>
    public ValueTask WaitWritableAsync(CancellationToken cancellation) => _writable.WaitAsync(cancellation);

    /// <summary>Small messages leave at once (TCP_NODELAY).</summary>
    public void SendAtOnce()
    {
        if (_socket.ProtocolType == ProtocolType.Tcp)
        {
            _socket.NoDelay = true;
        }
    }

    /// <summary>Ends the sending direction.</summary>
    public void ShutdownSend()
    {
        if (Libc.Shutdown(Handle, WriteDirection) < 0 && Marshal.GetLastPInvokeError() is not Libc.NotConnected and var error)
        {
            throw Failed(error);
        }
    }

    /// <summary>Ends both directions with RST.</summary>
    public void Reset()
    {
        try
        {
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _loop.Unregister(_key);
        _socket.Dispose();
        _readable.Close();
        _writable.Close();
    }

    /// <summary>True when the last receive took everything and nothing has come since.</summary>
    private bool IsDrained => _isDrained && !_readable.IsReady && !_peerEnded;

    /// <summary>Whether to try a failed send again at once; false when the transport takes nothing.</summary>
    private bool SendsAgain()
    {
        switch (Marshal.GetLastPInvokeError())
        {
            case Libc.TryAgain when _writable.IsReady:
                // Something may have happened since the loop told: only what comes after this counts.
                _writable.Clear();
                return true;
            case Libc.TryAgain:
                return false;
            case Libc.Interrupted:
                return true;
            case var error:
                throw Failed(error);
        }
    }

    /// <summary>
    /// True when connected, false when that is under way, null when it is to be tried again: the queue of a unix socket is full, and no event tells
    /// when it has room (unix(7)). Callers that block wait for it, so that a reset would be a failure of the proxy's own.
    /// </summary>
    private static bool? Begin(SafeSocketHandle socket, SocketAddress address)
    {
        if (Libc.Connect(socket, address.Buffer.Span, address.Size) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error is Libc.InProgress or Libc.Interrupted ? false
            : error == Libc.TryAgain && address.Family == AddressFamily.Unix ? null
            : throw Libc.Failure(error);
    }

    private bool HasBytes()
    {
        _readable.Clear();
        _isDrained = false;
        Span<byte> one = stackalloc byte[1];
        if (Libc.Receive(Handle, one, 1, Peek) >= 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        _isDrained = error == Libc.TryAgain;

        // An error is told only once: by this call or by none.
        return error is Libc.TryAgain or Libc.Interrupted ? !_isDrained : throw Failed(error);
    }

    private ValueTask YieldAsync(CancellationToken cancellation)
    {
        _burst = 0;
        _readable.Clear();
        var turn = _readable.WaitAsync(cancellation);
        _loop.TakeTurn(_readable);
        return turn;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAndReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        while (true)
        {
            await _readable.WaitAsync(cancellation).ConfigureAwait(false);
            if (TryReceive(buffer.Span, out var count))
            {
                return count;
            }
        }
    }

    private bool TryReceive(Span<byte> buffer, out int count)
    {
        while (true)
        {
            _readable.Clear();
            count = (int)Libc.Receive(Handle, buffer, buffer.Length, 0);
            if (count >= 0)
            {
                // A short count says that there is no more; whatever comes later is told by the loop.
                _isDrained = count < buffer.Length;
                return true;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Libc.TryAgain:
                    _isDrained = true;
                    return false;
                case Libc.Interrupted:
                    break;
                case var error:
                    throw Failed(error);
            }
        }
    }

    private SocketException Failed(int error)
    {
        _hasFailed = true;
        return Libc.Failure(error);
    }
}
