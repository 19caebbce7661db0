using System.Globalization;
using System.Net;

namespace Faultbox.Linux.Processes;

/// <summary>A socket that waits for connections or datagrams.</summary>
/// <param name="Address">Address it is bound to.</param>
/// <param name="Inode">Its number, by which descriptors name it.</param>
public readonly record struct WaitingSocket(IPAddress Address, string Inode);

/// <summary>Finds the sockets that wait on a port in the network namespace of a process (proc(5), <c>/proc/pid/net/tcp</c> and its relatives).</summary>
public static class WaitingSockets
{
    private const string Listening = "0A";
    private const string Unconnected = "07";

    /// <summary>The sockets of a port; null when the tables of the process cannot be read.</summary>
    /// <param name="process">The process, as the name of its directory below <c>/proc</c>.</param>
    /// <param name="port">Port.</param>
    /// <param name="datagrams">True for UDP, false for TCP.</param>
    public static IReadOnlyList<WaitingSocket>? Find(string process, int port, bool datagrams = false)
    {
        var (name, state) = datagrams ? ("udp", Unconnected) : ("tcp", Listening);
        try
        {
            // Without version 6 there is no table of it.
            string[] tables = [$"/proc/{process}/net/{name}", $"/proc/{process}/net/{name}6"];
            return [.. tables.Where((t, i) => i == 0 || File.Exists(t)).SelectMany(t => File.ReadLines(t).Skip(1)).SelectMany(l => Parse(l, port, state))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<WaitingSocket> Parse(string line, int port, string state)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var local = fields.Length > 9 ? fields[1] : "";
        var colon = local.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && fields[3] == state && int.Parse(local.AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture) == port)
        {
            yield return new WaitingSocket(AddressOf(local[..colon]), fields[9]);
        }
    }

    /// <summary>The kernel writes the words of an address in the byte order of the machine.</summary>
    private static IPAddress AddressOf(string digits)
    {
        var bytes = Convert.FromHexString(digits);
        if (BitConverter.IsLittleEndian)
        {
            for (var word = 0; word < bytes.Length; word += sizeof(uint))
            {
                Array.Reverse(bytes, word, sizeof(uint));
            }
        }

        var address = new IPAddress(bytes);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }
}
