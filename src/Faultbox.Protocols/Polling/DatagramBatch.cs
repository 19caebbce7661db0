using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Faultbox.Protocols.Polling;

/// <summary>
/// Datagrams that are received or sent with one system call. One batch serves all sockets of a loop, one after the other, and lives as long as
/// its thread; of its memory only what datagrams have filled is resident.
/// </summary>
internal sealed unsafe class DatagramBatch
{
    /// <summary>Most datagrams in it.</summary>
    public const int Capacity = 32;

    /// <summary>More than UDP carries: no datagram is cut off.</summary>
    private const int LargestDatagram = 64 * 1024;

    [ThreadStatic]
    private static DatagramBatch? _own;

    private readonly byte* _payload = (byte*)NativeMemory.Alloc(Capacity * LargestDatagram);
    private readonly byte* _addresses = (byte*)NativeMemory.AllocZeroed(Capacity * DatagramAddress.MaximumSize);
    private readonly byte* _controls = (byte*)NativeMemory.AllocZeroed(Capacity * LocalAddress.MaximumSize);
    private readonly byte* _receiver = (byte*)NativeMemory.AllocZeroed(DatagramAddress.MaximumSize);
    private readonly byte* _sender = (byte*)NativeMemory.AllocZeroed(LocalAddress.MaximumSize);
    private readonly DatagramMessage.Vector* _vectors =
        (DatagramMessage.Vector*)NativeMemory.AllocZeroed((nuint)(Capacity * sizeof(DatagramMessage.Vector)));

    private readonly DatagramMessage* _messages = (DatagramMessage*)NativeMemory.AllocZeroed((nuint)(Capacity * sizeof(DatagramMessage)));

    private DatagramBatch()
    {
        for (var i = 0; i < Capacity; i++)
        {
            _vectors[i].Start = _payload + (i * LargestDatagram);
            _messages[i].Vectors = _vectors + i;
            _messages[i].VectorCount = 1;
        }
    }

    /// <summary>The batch of this thread.</summary>
    public static DatagramBatch Own => _own ??= new DatagramBatch();

    /// <summary>Datagrams received.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of a datagram.</summary>
    public ReadOnlySpan<byte> this[int index] => new(_vectors[index].Start, (int)_messages[index].Length);

    /// <summary>Who sent a datagram, and where to.</summary>
    public DatagramPath PathOf(int index) => new(
        new DatagramAddress(new ReadOnlySpan<byte>(_messages[index].Name, (int)_messages[index].NameLength)),
        new LocalAddress(new ReadOnlySpan<byte>(_messages[index].Control, (int)_messages[index].ControlLength)));

    /// <summary>Receives what is there; the result is that of recvmmsg(2).</summary>
    public int Receive(SafeSocketHandle socket)
    {
        for (var i = 0; i < Capacity; i++)
        {
            _messages[i].Name = _addresses + (i * DatagramAddress.MaximumSize);
            _messages[i].NameLength = DatagramAddress.MaximumSize;
            _messages[i].Control = _controls + (i * LocalAddress.MaximumSize);
            _messages[i].ControlLength = LocalAddress.MaximumSize;
            _vectors[i].Length = LargestDatagram;
        }

        var count = Libc.ReceiveMany(socket, _messages, Capacity, 0, null);
        Count = Math.Max(count, 0);
        return count;
    }

    /// <summary>Sends some of the datagrams received, to the socket's peer or along a path; the result is that of sendmmsg(2).</summary>
    public int Send(SafeSocketHandle socket, int first, int count, DatagramPath? receiver)
    {
        for (var i = first; i < first + count; i++)
        {
            _messages[i].Address(receiver, _receiver, _sender);
            _vectors[i].Length = _messages[i].Length;
        }

        return Libc.SendMany(socket, _messages + first, (uint)count, 0);
    }
}
