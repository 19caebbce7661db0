using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Faultbox.Protocols.Polling;

/// <summary>What epoll_ctl(2) asks for and epoll_wait(2) tells, with the values of linux/eventpoll.h.</summary>
[Flags]
internal enum EpollEvents : uint
{
    /// <summary>Something can be read.</summary>
    In = 0x1,

    /// <summary>Something can be written.</summary>
    Out = 0x4,

    /// <summary>The socket has failed.</summary>
    Error = 0x8,

    /// <summary>Both directions have ended.</summary>
    HangUp = 0x10,

    /// <summary>The peer has ended its direction.</summary>
    PeerEnded = 0x2000,

    /// <summary>Each change is told once.</summary>
    Edge = 1u << 31,
}

/// <summary>Where the two fields of <c>struct epoll_event</c> are: x86-64 packs them, other machines align them.</summary>
internal static unsafe class EpollEvent
{
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    /// <summary>Bytes of one event.</summary>
    public static int Size => DataOffset + sizeof(ulong);

    /// <summary>Writes an event.</summary>
    public static void Write(byte* at, EpollEvents events, ulong data)
    {
        Unsafe.WriteUnaligned(at, (uint)events);
        Unsafe.WriteUnaligned(at + DataOffset, data);
    }

    /// <summary>Reads one of several events.</summary>
    public static (EpollEvents Events, ulong Data) Read(byte* events, int index)
    {
        var at = events + (index * Size);
        return ((EpollEvents)Unsafe.ReadUnaligned<uint>(at), Unsafe.ReadUnaligned<ulong>(at + DataOffset));
    }
}
