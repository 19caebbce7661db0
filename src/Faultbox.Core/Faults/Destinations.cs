using System.Buffers.Binary;
using System.Buffers.Text;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Core.Faults;

/// <summary>The text of socket destinations, interned without allocating for those seen before.</summary>
internal static class Destinations
{
    private const int LongestAddress = 64;
    private static ReadOnlySpan<byte> MappedPrefix => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    /// <summary>Number of <c>ip:port</c>, <c>[ip]:port</c> or the unix path.</summary>
    public static int Intern(in SocketDestination destination, PathTable paths)
    {
        if (destination.IsUnix)
        {
            return paths.Intern(destination.UnixPath);
        }

        Span<byte> text = stackalloc byte[LongestAddress];
        var address = destination.Address;
        var length = address.StartsWith(MappedPrefix) ? WriteV4(address[12..], text) : WriteV6(address, text);
        text[length++] = (byte)':';
        Utf8Formatter.TryFormat(destination.Port, text[length..], out var digits);
        return paths.Intern(text[..(length + digits)]);
    }

    private static int WriteV4(ReadOnlySpan<byte> address, Span<byte> text)
    {
        var length = 0;
        for (var i = 0; i < 4; i++)
        {
            if (i > 0)
            {
                text[length++] = (byte)'.';
            }

            Utf8Formatter.TryFormat(address[i], text[length..], out var digits);
            length += digits;
        }

        return length;
    }

    /// <summary>Eight groups with the longest run of zeros left out, as RFC 5952 writes addresses.</summary>
    private static int WriteV6(ReadOnlySpan<byte> address, Span<byte> text)
    {
        var (skipStart, skipCount) = LongestZeroRun(address);
        var length = 0;
        text[length++] = (byte)'[';
        for (var group = 0; group < 8; group++)
        {
            if (skipCount > 1 && group == skipStart)
            {
                text[length++] = (byte)':';
                group += skipCount - 1;
                if (group == 7)
                {
                    text[length++] = (byte)':';
                }

                continue;
            }

            if (group > 0)
            {
                text[length++] = (byte)':';
            }

            Utf8Formatter.TryFormat(BinaryPrimitives.ReadUInt16BigEndian(address[(group * 2)..]), text[length..], out var digits, 'x');
            length += digits;
        }

        text[length++] = (byte)']';
        return length;
    }

    private static (int Start, int Count) LongestZeroRun(ReadOnlySpan<byte> address)
    {
        var best = (Start: -1, Count: 0);
        for (var group = 0; group < 8; group++)
        {
            var end = group;
            while (end < 8 && address[end * 2] == 0 && address[(end * 2) + 1] == 0)
            {
                end++;
            }

            if (end - group > best.Count)
            {
                best = (group, end - group);
            }

            group = Math.Max(group, end - 1);
        }

        return best;
    }
}
