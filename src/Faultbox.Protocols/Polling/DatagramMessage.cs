using System.Runtime.InteropServices;

namespace Faultbox.Protocols.Polling;

/// <summary><c>struct mmsghdr</c> with its <c>struct msghdr</c>, of machines with 64 bits.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct DatagramMessage
{
    /// <summary>Address of the other side.</summary>
    [FieldOffset(0)]
    public byte* Name;

    /// <summary>Bytes of it.</summary>
    [FieldOffset(8)]
    public uint NameLength;

    /// <summary>Where the datagram is.</summary>
    [FieldOffset(16)]
    public Vector* Vectors;

    /// <summary>Number of its parts.</summary>
    [FieldOffset(24)]
    public nuint VectorCount;

    /// <summary>Control messages.</summary>
    [FieldOffset(32)]
    public byte* Control;

    /// <summary>Bytes of them.</summary>
    [FieldOffset(40)]
    public nuint ControlLength;

    /// <summary>Bytes received or sent.</summary>
    [FieldOffset(56)]
    public uint Length;

    /// <summary>Addresses the message to the other end of a path, or to the peer that the socket is connected to.</summary>
    /// <param name="receiver">The path; null for the peer.</param>
    /// <param name="name">Room for <see cref="DatagramAddress.MaximumSize"/> bytes.</param>
    /// <param name="control">Room for <see cref="LocalAddress.MaximumSize"/> bytes.</param>
    public void Address(DatagramPath? receiver, byte* name, byte* control)
    {
        NameLength = (uint)(receiver?.Peer.Write(new Span<byte>(name, DatagramAddress.MaximumSize)) ?? 0);
        Name = NameLength == 0 ? null : name;
        ControlLength = (nuint)(receiver?.Local.Write(new Span<byte>(control, LocalAddress.MaximumSize)) ?? 0);
        Control = ControlLength == 0 ? null : control;
    }

    /// <summary><c>struct iovec</c>.</summary>
    internal struct Vector
    {
        /// <summary>First byte.</summary>
        public byte* Start;

        /// <summary>Bytes.</summary>
        public nuint Length;
    }
}
