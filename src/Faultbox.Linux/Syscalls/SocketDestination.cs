using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Faultbox.Linux.Syscalls;

/// <summary>Where a socket call goes: an IP address and port, or the path of a unix socket.</summary>
public struct SocketDestination
{
    private const int UnixFamily = 1;
    private const int InternetFamily = 2;
    private const int Internet6Family = 10;

    private Storage _bytes;
    private int _length;

    /// <summary>True for a unix socket.</summary>
    public bool IsUnix { get; private set; }

    /// <summary>Port, 0 for a unix socket.</summary>
    public int Port { get; private set; }

    /// <summary>Address in IPv6 form, 16 bytes; IPv4 addresses are mapped.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Address => ((ReadOnlySpan<byte>)_bytes)[..16];

    /// <summary>Path of a unix socket, UTF-8; an abstract name begins with <c>@</c>.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> UnixPath => ((ReadOnlySpan<byte>)_bytes)[.._length];

    /// <summary>Reads a <c>struct sockaddr</c> (unix(7), ip(7), ipv6(7)); false for other families and incomplete addresses.</summary>
    public static bool TryParse(ReadOnlySpan<byte> address, out SocketDestination destination)
    {
        destination = default;
        if (address.Length < 3)
        {
            return false;
        }

        Span<byte> bytes = destination._bytes;
        switch (BinaryPrimitives.ReadUInt16LittleEndian(address))
        {
            case InternetFamily when address.Length >= 8:
                destination.Port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
                bytes[10] = bytes[11] = 0xFF;
                address.Slice(4, 4).CopyTo(bytes[12..]);
                return true;
            case Internet6Family when address.Length >= 24:
                destination.Port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
                address.Slice(8, 16).CopyTo(bytes);
                return true;
            case UnixFamily:
                destination.IsUnix = true;
                destination._length = CopyUnixPath(address[2..], bytes);
                return destination._length > 0;
            default:
                return false;
        }
    }

    /// <summary><c>ip:port</c>, <c>[ip]:port</c> or the unix path.</summary>
    public override readonly string ToString()
    {
        if (IsUnix)
        {
            return Encoding.UTF8.GetString(UnixPath);
        }

        var address = new IPAddress(Address);
        return address.IsIPv4MappedToIPv6
            ? string.Create(CultureInfo.InvariantCulture, $"{address.MapToIPv4()}:{Port}")
            : string.Create(CultureInfo.InvariantCulture, $"[{address}]:{Port}");
    }

    private static int CopyUnixPath(ReadOnlySpan<byte> path, Span<byte> bytes)
    {
        if (path[0] == 0)
        {
            path.CopyTo(bytes);
            bytes[0] = (byte)'@';
            return path.Length;
        }

        var end = path.IndexOf((byte)0);
        var text = end < 0 ? path : path[..end];
        text.CopyTo(bytes);
        return text.Length;
    }

    [InlineArray(108)]
    private struct Storage
    {
        private byte _first;
    }
}
