using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Faultbox.Protocols.Polling;

/// <summary>
/// A datagram socket on an event loop, which hands over what comes on the thread of the loop. Nothing is told as an error: what cannot be sent is
/// lost, as datagrams are, and the socket stays usable.
/// </summary>
internal sealed unsafe class PolledDatagrams : IPolled, IDisposable
{
    private const int BufferSize = 4 * 1024 * 1024;
    private const int SocketLevel = 1;
    private const int ReceiveBufferForced = 33;

    /// <summary>Batches in a row after which other sockets have a turn.</summary>
    private const int Burst = 4;

    private readonly EventLoop _loop;
    private readonly Socket _socket;
    private readonly Action<DatagramBatch> _receive;
    private ulong _key;
    private bool _isRefused;

    /// <summary>Takes over a socket that is bound or connected; <see cref="Start"/> begins to receive.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="loop">Loop that waits for it.</param>
    /// <param name="receive">Takes the datagrams that have come, on the thread of the loop; must not block.</param>
    public PolledDatagrams(Socket socket, EventLoop loop, Action<DatagramBatch> receive)
    {
        _loop = loop;
        _socket = socket;
        _receive = receive;
        socket.Blocking = false;
        RaiseReceiveBuffer(socket);
        LocalAddress.Ask(socket);
    }

    /// <inheritdoc/>
    public SafeSocketHandle Handle => _socket.SafeHandle;

    /// <summary>True once after the peer has refused a datagram. To be asked on the thread of the loop.</summary>
    public bool TakeRefusal()
    {
        var isRefused = _isRefused;
        _isRefused = false;
        return isRefused;
    }

    /// <summary>Receives from now on.</summary>
    public void Start() =>
        // Told again until everything is taken.
        _key = _loop.Register(this, EpollEvents.In);

    /// <inheritdoc/>
    public void Tell(EpollEvents events)
    {
        try
        {
            var batch = DatagramBatch.Own;
            for (var i = 0; i < Burst; i++)
            {
                // An error is that of a datagram sent earlier, and has been told by this.
                var count = batch.Receive(Handle);
                if (count > 0)
                {
                    _receive(batch);
                }

                _isRefused |= count < 0 && Marshal.GetLastPInvokeError() == Libc.Refused;

                if (batch.Count < DatagramBatch.Capacity)
                {
                    return;
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // It was closed meanwhile.
        }
    }

    /// <summary>Sends a datagram to the peer, or along a path; false when it is lost, as with a full buffer of the socket.</summary>
    public bool Send(ReadOnlySpan<byte> datagram, DatagramPath? receiver = null)
    {
        var name = stackalloc byte[DatagramAddress.MaximumSize];
        var control = stackalloc byte[LocalAddress.MaximumSize];
        fixed (byte* start = datagram)
        {
            var vector = new DatagramMessage.Vector { Start = start, Length = (nuint)datagram.Length };
            var message = new DatagramMessage { Vectors = &vector, VectorCount = 1 };
            message.Address(receiver, name, control);
            try
            {
                for (var tries = 0; Libc.SendMany(Handle, &message, 1, 0) < 0; tries++)
                {
                    if (!SendsAgain(tries))
                    {
                        return false;
                    }
                }

                return true;
            }
            catch (ObjectDisposedException)
            {
                // It was closed meanwhile.
                return false;
            }
        }
    }

    /// <summary>Sends some of the datagrams received, to the peer or along a path; tells how many left, and their bytes. The others are lost.</summary>
    public (int Datagrams, int Bytes) Send(DatagramBatch batch, int first, int count, DatagramPath? receiver = null)
    {
        var (datagrams, bytes) = (0, 0);
        try
        {
            for (var (end, tries) = (first + count, 0); first < end;)
            {
                var sent = batch.Send(Handle, first, end - first, receiver);
                for (var i = first; i < first + sent; i++)
                {
                    datagrams++;
                    bytes += batch[i].Length;
                }

                (first, tries) = sent > 0 ? (first + sent, 0) : SendsAgain(tries) ? (first, tries + 1) : (first + 1, 0);
            }
        }
        catch (ObjectDisposedException)
        {
            // It was closed meanwhile.
        }

        return (datagrams, bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _loop.Unregister(_key);
        _socket.Dispose();
    }

    /// <summary>A refusal that the system reports on a send belongs to an earlier datagram: this one has not been sent yet.</summary>
    private bool SendsAgain(int tries)
    {
        var error = Marshal.GetLastPInvokeError();
        _isRefused |= error == Libc.Refused;
        return tries == 0 && error is Libc.Refused or Libc.Interrupted;
    }

    /// <summary>Raises the buffer beyond the limit of the system where that is allowed (SO_RCVBUFFORCE, socket(7)), else up to it.</summary>
    private static void RaiseReceiveBuffer(Socket socket)
    {
        try
        {
            socket.SetRawSocketOption(SocketLevel, ReceiveBufferForced, MemoryMarshal.AsBytes<int>([BufferSize]));
        }
        catch (SocketException)
        {
            socket.ReceiveBufferSize = BufferSize;
        }
    }
}
