using System.Net;
using System.Net.Sockets;
using System.Text;
using Faultbox.Core.Events;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Hostile;

/// <summary>What a process holds: heap after a full collection and open sockets.</summary>
/// <param name="Heap">Bytes.</param>
/// <param name="Sockets">Descriptors of sockets.</param>
internal readonly record struct Footprint(long Heap, int Sockets)
{
    private const long HeapSlack = 24L << 20;
    private const int SocketSlack = 8;

    /// <summary>What is held now.</summary>
    public static Footprint Now => new(GC.GetTotalMemory(forceFullCollection: true), CountSockets());

    /// <summary>Waits until no more is held than before, within what the process needs for itself.</summary>
    public void AssertRegained()
    {
        var now = Now;
        for (var limit = DateTime.UtcNow.AddSeconds(30); DateTime.UtcNow < limit && !IsRegained(now); now = Now)
        {
            Thread.Sleep(50);
        }

        Assert.True(IsRegained(now), $"{this} before, {now} after");
    }

    private static int CountSockets() =>
        Directory.GetFiles("/proc/self/fd").Count(f => new FileInfo(f).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    private bool IsRegained(Footprint now) => now.Heap <= Heap + HeapSlack && now.Sockets <= Sockets + SocketSlack;
}

/// <summary>Clients that say whatever they like, and the answers to them.</summary>
internal static class Hostility
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    public static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    /// <summary>Sends everything, as far as the other side takes it.</summary>
    public static async Task PourAsync(this Socket socket, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes).AsTask().WaitAsync(Patience)..];
            }
        }
        catch (SocketException)
        {
            // Refused: that is one of the two allowed answers.
        }
    }

    /// <summary>Everything until the connection ends, in whatever way.</summary>
    public static async Task<byte[]> DrainAsync(this Socket socket)
    {
        var received = new List<byte>();
        var buffer = new byte[64 * 1024];
        try
        {
            for (int count; (count = await socket.ReceiveAsync(buffer).WaitAsync(Patience)) > 0;)
            {
                received.AddRange(buffer.AsSpan(0, count));
            }
        }
        catch (SocketException)
        {
            // A reset is an end, too.
        }

        return [.. received];
    }

    /// <summary>Everything up to a text.</summary>
    public static async Task<string> UntilAsync(this Socket socket, string end)
    {
        var received = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (!received.ToString().Contains(end, StringComparison.Ordinal))
        {
            var count = await socket.ReceiveAsync(buffer).WaitAsync(Patience);
            Assert.True(count > 0, $"the connection ended after: {received}");
            received.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return received.ToString();
    }

    /// <summary>Waits until an event of a type is there.</summary>
    public static async Task<TraceEvent> EventAsync(this ProxyFixture proxy, string type, Func<TraceEvent, bool>? where = null)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            if (proxy.Events(type).FirstOrDefault(e => where?.Invoke(e) ?? true) is { } found)
            {
                return found;
            }

            await Task.Delay(10, limit.Token);
        }
    }
}
