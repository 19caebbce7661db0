using System.Buffers.Binary;
using System.Text;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tls;

/// <summary>
/// The first message of a client and what it says of itself (RFC 8446 section 4.1.2; server name: RFC 6066 section 3; application
/// protocols: RFC 7301 section 3.1).
/// </summary>
internal sealed class ClientHello
{
    private const int RecordHead = 5;
    private const byte Handshake = 22;
    private const byte Hello = 1;
    private const int FixedPart = 4 + 2 + 32;
    private const ushort ServerNames = 0;
    private const ushort ApplicationProtocols = 16;

    private ClientHello(ReadOnlyMemory<byte> bytes)
    {
        Bytes = bytes;
        IsUnderstood = bytes.Length > RecordHead && Read(bytes.Span[RecordHead..]);
    }

    /// <summary>What has been received: the first record, or less when the client ended, or sent something else.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>True when it is the first message of a handshake.</summary>
    public bool IsUnderstood { get; }

    /// <summary>Name that the client asks for; empty when it names none.</summary>
    public string ServerName { get; private set; } = "";

    /// <summary>Application protocols in the order of the client; none when it offers none.</summary>
    public IReadOnlyList<string> Protocols { get; private set; } = [];

    /// <summary>Receives the first record.</summary>
    /// <exception cref="IOException">The connection failed.</exception>
    public static async Task<ClientHello> ReceiveAsync(Leg client, CancellationToken cancellation)
    {
        var bytes = new byte[RecordHead];
        var count = await FillAsync(client, bytes, 0, cancellation).ConfigureAwait(false);
        if (count < RecordHead || bytes[0] != Handshake)
        {
            return new ClientHello(bytes.AsMemory(0, count));
        }

        Array.Resize(ref bytes, RecordHead + BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(3)));
        count = await FillAsync(client, bytes, count, cancellation).ConfigureAwait(false);
        return new ClientHello(bytes.AsMemory(0, count));
    }

    private static async Task<int> FillAsync(Leg client, byte[] bytes, int count, CancellationToken cancellation)
    {
        while (count < bytes.Length)
        {
            var more = await client.ReceiveAsync(bytes.AsMemory(count), cancellation).ConfigureAwait(false);
            if (more == 0)
            {
                break;
            }

            count += more;
        }

        return count;
    }

    private bool Read(ReadOnlySpan<byte> message)
    {
        if (message.Length < FixedPart || message[0] != Hello)
        {
            return false;
        }

        var rest = message[FixedPart..];
        if (!TryTake(ref rest, 1, out _) || !TryTake(ref rest, 2, out _) || !TryTake(ref rest, 1, out _))
        {
            return false;
        }

        if (rest.IsEmpty)
        {
            // Clients of early versions have no extensions.
            return true;
        }

        if (!TryTake(ref rest, 2, out var extensions))
        {
            return false;
        }

        while (extensions.Length > 2)
        {
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!TryTake(ref extensions, 2, out var extension))
            {
                return false;
            }

            if (type is ServerNames or ApplicationProtocols && TryTake(ref extension, 2, out var list))
            {
                Note(type, list);
            }
        }

        return true;
    }

    private void Note(ushort type, ReadOnlySpan<byte> list)
    {
        if (type == ApplicationProtocols)
        {
            var names = new List<string>();
            while (TryTake(ref list, 1, out var name))
            {
                names.Add(Encoding.Latin1.GetString(name));
            }

            Protocols = names;
        }
        else if (list is [0, ..])
        {
            list = list[1..];
            ServerName = TryTake(ref list, 2, out var host) ? Encoding.Latin1.GetString(host) : "";
        }
    }

    /// <summary>Takes a vector with a length in front of it.</summary>
    private static bool TryTake(ref ReadOnlySpan<byte> rest, int lengthBytes, out ReadOnlySpan<byte> vector)
    {
        vector = default;
        if (rest.Length < lengthBytes)
        {
            return false;
        }

        var length = lengthBytes == 1 ? rest[0] : BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length < lengthBytes + length)
        {
            return false;
        }

        vector = rest.Slice(lengthBytes, length);
        rest = rest[(lengthBytes + length)..];
        return true;
    }
}
