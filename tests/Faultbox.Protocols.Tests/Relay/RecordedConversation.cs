using System.Net;
using System.Net.Sockets;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>What two real peers said to each other on one connection, in the order in which it was said.</summary>
/// <param name="Turns">Who spoke, and the bytes; none when that side ended its direction.</param>
internal sealed record RecordedConversation(IReadOnlyList<(bool IsClient, byte[] Bytes)> Turns)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Records the connection of a client to a server.</summary>
    /// <param name="server">Port of the server.</param>
    /// <param name="client">Runs the client against the port it is given.</param>
    /// <param name="whole">Bytes of whole messages in what one side has said since the last ones; told whether it is the beginning of the client.</param>
    public static async Task<RecordedConversation> RecordAsync(int server, Func<int, Task> client, Func<byte[], bool, int> whole)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var running = client(((IPEndPoint)listener.LocalEndpoint).Port);
        using var left = await listener.AcceptSocketAsync().WaitAsync(Patience);
        using var right = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await right.ConnectAsync(IPAddress.Loopback, server);
        left.NoDelay = true;
        var turns = new List<(bool, byte[])>();
        await Task.WhenAll(CopyAsync(left, right, isClient: true), CopyAsync(right, left, isClient: false), running).WaitAsync(Patience);
        return new RecordedConversation(turns);

        async Task CopyAsync(Socket from, Socket to, bool isClient)
        {
            var rest = new List<byte>();
            var hasSpoken = false;
            var buffer = new byte[64 * 1024];
            for (int count; (count = await ReceiveAsync(from, buffer)) > 0;)
            {
                rest.AddRange(buffer.AsSpan(0, count));
                var cut = whole([.. rest], isClient && !hasSpoken);
                if (cut > 0)
                {
                    Add(isClient, [.. rest.Take(cut)]);
                    rest.RemoveRange(0, cut);
                    hasSpoken = true;
                }

                await to.SendAllAsync(buffer.AsMemory(0, count));
            }

            Assert.Empty(rest);
            Add(isClient, []);
            to.Shutdown(SocketShutdown.Send);
        }

        void Add(bool isClient, byte[] bytes)
        {
            lock (turns)
            {
                turns.Add((isClient, bytes));
            }
        }
    }

    /// <summary>All bytes of one side.</summary>
    public byte[] Said(bool isClient) => [.. Turns.Where(t => t.IsClient == isClient).SelectMany(t => t.Bytes)];

    /// <summary>Says everything again, cut into random pieces; returns what each side has heard.</summary>
    /// <param name="proxyTo">Gives the port of a proxy in front of a port.</param>
    /// <param name="seed">Seed of the pieces.</param>
    public async Task<(byte[] Client, byte[] Server)> ReplayAsync(Func<int, int> proxyTo, int seed)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, proxyTo(((IPEndPoint)listener.LocalEndpoint).Port));
        using var server = await listener.AcceptSocketAsync().WaitAsync(Patience);
        server.NoDelay = true;
        var left = PlayAsync(client, isClient: true, new Random(seed));
        var right = PlayAsync(server, isClient: false, new Random(seed + 1));
        await Task.WhenAll(left, right).WaitAsync(Patience);
        return (await left, await right);
    }

    /// <summary>Plays one side: it speaks when it has heard what it had heard then.</summary>
    private async Task<byte[]> PlayAsync(Socket socket, bool isClient, Random random)
    {
        var heard = new List<byte>();
        var due = 0;
        var endIsDue = false;
        var buffer = new byte[64 * 1024];
        foreach (var (speaker, bytes) in Turns)
        {
            if (speaker != isClient)
            {
                due += bytes.Length;
                endIsDue |= bytes.Length == 0;
                continue;
            }

            await HearAsync();
            if (bytes.Length == 0)
            {
                socket.Shutdown(SocketShutdown.Send);
            }

            for (var at = 0; at < bytes.Length;)
            {
                var count = Math.Min(bytes.Length - at, random.Next(4) == 0 ? random.Next(1, 400) : random.Next(1, 9));
                await socket.SendAllAsync(bytes.AsMemory(at, count));
                at += count;
                if (random.Next(6) == 0)
                {
                    await Task.Yield();
                }
            }
        }

        await HearAsync();
        return [.. heard];

        async Task HearAsync()
        {
            while (heard.Count < due || endIsDue)
            {
                var count = await socket.ReceiveAsync(buffer);
                if (count == 0)
                {
                    return;
                }

                heard.AddRange(buffer.AsSpan(0, count));
            }
        }
    }

    private static async Task<int> ReceiveAsync(Socket socket, byte[] buffer)
    {
        try
        {
            return await socket.ReceiveAsync(buffer);
        }
        catch (SocketException)
        {
            // A peer that does not wait for the last words of the other.
            return 0;
        }
    }
}
