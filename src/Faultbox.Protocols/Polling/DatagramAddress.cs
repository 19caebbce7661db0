using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Faultbox.Protocols.Polling;

/// <summary>A socket address as the system writes it (ip(7), ipv6(7)), without allocation.</summary>
internal readonly record struct DatagramAddress
{
    /// <summary>Bytes of the longest address, rounded up: <c>struct sockaddr_in6</c> has 28.</summary>
    public const int MaximumSize = 32;

    private readonly UInt128 _first;
    private readonly UInt128 _rest;
    private readonly int _length;

    /// <summary>Takes an address over.</summary>
    public DatagramAddress(ReadOnlySpan<byte> address)
    {
        Span<byte> padded = stackalloc byte[MaximumSize];
        padded.Clear();
        address.CopyTo(padded);
        _first = MemoryMarshal.Read<UInt128>(padded);
        _rest = MemoryMarshal.Read<UInt128>(padded[16..]);
        _length = address.Length;
    }

    /// <summary>Writes the address and tells how many bytes it has.</summary>
    public int Write(Span<byte> to)
    {
        MemoryMarshal.Write(to, _first);
        MemoryMarshal.Write(to[16..], _rest);
        return _length;
    }

    /// <summary><c>host:port</c>.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[MaximumSize];
        var address = new SocketAddress((AddressFamily)0, Write(bytes));
        bytes[.._length].CopyTo(address.Buffer.Span);
        return new IPEndPoint(address.Family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0).Create(address).ToString()!;
    }
}
