using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Faultbox.Protocols.Polling;

/// <summary>
/// The address of this host that a datagram was sent to, as control messages carry it (ip(7), <c>IP_PKTINFO</c>; ipv6(7), <c>IPV6_PKTINFO</c>),
/// without allocation. An answer has to leave from it: a socket that is bound to all addresses chooses the one next to the receiver else, which
/// a connected client does not take for its peer. The default value is none.
/// </summary>
internal readonly record struct LocalAddress
{
    /// <summary>Bytes of the longest control message with its padding.</summary>
    public const int MaximumSize = 40;

    private const int HeaderSize = 16;
    private const int InternetLevel = 0;
    private const int InternetInfo = 8;
    private const int InternetInfoSize = 12;
    private const int SpecificDestination = 4;
    private const int Internet6Level = 41;
    private const int Internet6ReceiveInfo = 49;
    private const int Internet6Info = 50;
    private const int Internet6InfoSize = 20;

    private readonly UInt128 _address;
    private readonly int _level;
    private readonly bool _isKnown;

    /// <summary>Takes the address of a control message over.</summary>
    public LocalAddress(ReadOnlySpan<byte> control)
    {
        // struct cmsghdr: length, level, type; then the data.
        if (control.Length < HeaderSize)
        {
            return;
        }

        var data = control[HeaderSize..];
        switch (BinaryPrimitives.ReadInt32LittleEndian(control[8..]), BinaryPrimitives.ReadInt32LittleEndian(control[12..]))
        {
            case (InternetLevel, InternetInfo) when data.Length >= InternetInfoSize:
                (_isKnown, _level, _address) = (true, InternetLevel, MemoryMarshal.Read<uint>(data[SpecificDestination..]));
                break;
            case (Internet6Level, Internet6Info) when data.Length >= Internet6InfoSize:
                (_isKnown, _level, _address) = (true, Internet6Level, MemoryMarshal.Read<UInt128>(data));
                break;
        }
    }

    /// <summary>Has a socket that is bound to all addresses tell the one of each datagram.</summary>
    public static void Ask(Socket socket)
    {
        if (socket.LocalEndPoint is IPEndPoint { Address: var address })
        {
            ReadOnlySpan<byte> on = [1, 0, 0, 0];
            if (address.Equals(IPAddress.Any))
            {
                socket.SetRawSocketOption(InternetLevel, InternetInfo, on);
            }
            else if (address.Equals(IPAddress.IPv6Any))
            {
                socket.SetRawSocketOption(Internet6Level, Internet6ReceiveInfo, on);
            }
        }
    }

    /// <summary>Writes the control message and tells how many bytes it has with its padding; 0 for none.</summary>
    public int Write(Span<byte> control)
    {
        if (!_isKnown)
        {
            return 0;
        }

        control.Clear();
        var isInternet = _level == InternetLevel;
        BinaryPrimitives.WriteInt64LittleEndian(control, HeaderSize + (isInternet ? InternetInfoSize : Internet6InfoSize));
        BinaryPrimitives.WriteInt32LittleEndian(control[8..], _level);
        BinaryPrimitives.WriteInt32LittleEndian(control[12..], isInternet ? InternetInfo : Internet6Info);
        if (isInternet)
        {
            MemoryMarshal.Write(control[(HeaderSize + SpecificDestination)..], (uint)_address);
            return HeaderSize + 16;
        }

        MemoryMarshal.Write(control[HeaderSize..], _address);
        return MaximumSize;
    }
}
