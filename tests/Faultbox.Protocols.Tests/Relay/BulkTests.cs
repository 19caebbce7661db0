using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Polling;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>Bytes that come in bulk are moved past the memory of the proxy: nobody can tell.</summary>
public sealed class BulkTests
{
    private const int Block = 1024 * 1024;

    [Theory]
    [InlineData("tcp")]
    [InlineData("http")]
    [Trait("Category", "Slow")]
    public async Task A_hundred_mebibytes_arrive_both_ways_and_are_counted(string protocol)
    {
        // Not HTTP: its relay goes blind at the first bytes.
        const int Blocks = 100;
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            self.Record(await ReceiveHashAsync(socket));
            await SendBlocksAsync(socket, Blocks, seed: 2);
            socket.Shutdown(SocketShutdown.Send);
        });
        using var port = new ProxiedPort(protocol).To(peer.Port);
        using var client = port.Connect();

        // Half-closed while the proxy holds much of it: everything arrives before the end does.
        var receiving = ReceiveHashAsync(client);
        await SendBlocksAsync(client, Blocks, seed: 1);
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal(HashOf(Blocks, seed: 2), await receiving);
        Assert.Equal(HashOf(Blocks, seed: 1), peer.Received);
        var closed = Assert.Single(port.Events("proxy_conn_close", 1));
        Assert.Equal(Number(Blocks * Block), closed.Field("bytes_c2s"));
        Assert.Equal(Number(Blocks * Block), closed.Field("bytes_s2c"));
        Assert.Equal("client_eof", closed.Field("reason"));
    }

    [Fact]
    public async Task A_stream_fault_acts_on_the_first_byte_after_it_came_into_force()
    {
        for (var round = 0; round < 20; round++)
        {
            using var more = new SemaphoreSlim(0);
            using var peer = new RecordingPeer(async (socket, _) =>
            {
                await SendBlocksAsync(socket, 4, seed: 1);
                await more.WaitAsync();
                await SendBlocksAsync(socket, 4, seed: 2);
            });
            using var port = new ProxiedPort().To(peer.Port);
            using var client = port.Connect();
            await ReceiveAsync(client, 4 * Block);

            port.Open(Wire(new WireLimitData(1000, Resets: false, TrafficDirection.ServerToClient)));
            more.Release();

            Assert.Equal(1000, client.Rest().Length);
            Assert.Equal("rule_drop", Assert.Single(port.Events("proxy_conn_close", 1)).Field("reason"));
        }
    }

    [Fact]
    public async Task A_stream_fault_acts_on_bytes_that_flow_without_a_pause_and_lets_go_of_them()
    {
        using var peer = new RecordingPeer((socket, _) => SendBlocksAsync(socket, 64, seed: 1));
        using var port = new ProxiedPort().To(peer.Port);
        using var client = port.Connect();
        await ReceiveAsync(client, 8 * Block);

        var window = port.Open(Wire(new WireCorrupt(0, Stride: 1, CorruptionKind.Zero, TrafficDirection.ServerToClient)));
        var zeros = new byte[4096];
        var buffer = new byte[Block];
        var read = 8 * Block;
        int count;
        do
        {
            count = await client.ReceiveAsync(buffer);
            read += count;
        }
        while (count > 0 && !buffer.AsSpan(0, count).EndsWith(zeros));

        Assert.NotEqual(0, count);
        port.Rules.Close(window);
        do
        {
            count = await client.ReceiveAsync(buffer);
            read += count;
        }
        while (count > 0 && buffer.AsSpan(0, count).EndsWith(zeros));

        Assert.NotEqual(0, count);
        read += client.Rest().Length;
        Assert.Equal(64 * Block, read);
    }

    [Fact]
    public async Task A_rule_on_messages_sees_the_first_byte_after_it_came_into_force()
    {
        for (var round = 0; round < 20; round++)
        {
            using var peer = new RecordingPeer(async (socket, self) => await self.ReceiveUntilAsync(socket, int.MaxValue));
            using var port = new ProxiedPort().To(peer.Port);
            using var client = port.Connect();
            await SendBlocksAsync(client, 2, seed: 1);
            Assert.True(SpinWait.SpinUntil(() => peer.Count == 2 * Block, TimeSpan.FromSeconds(20)));

            port.Open(new ProxyFault { Action = ProxyAction.Error, Matcher = new() { Body = "STOP"u8.ToArray() } });
            client.Say("STOP" + new string('x', 50_000));

            Assert.True(client.IsReset());
            Assert.Equal(Number(2 * Block), Assert.Single(port.Events("proxy_conn_close", 1)).Field("bytes_c2s"));
            Assert.Equal(2 * Block, peer.Count);
        }
    }

    [Fact]
    public async Task A_connection_that_is_full_is_dropped_at_once()
    {
        using var peer = new RecordingPeer((socket, _) => SendBlocksAsync(socket, 64, seed: 1));
        using var port = new ProxiedPort().To(peer.Port);
        using var client = port.Connect();
        await ReceiveAsync(client, Block);

        port.Open(new ProxyFault { Action = ProxyAction.Drop, DropMode = DropMode.Reset });

        Assert.Equal("rule_drop", Assert.Single(port.Events("proxy_conn_close", 1)).Field("reason"));
        Assert.Throws<SocketException>(() => client.Rest());
    }

    [Fact]
    public async Task The_reset_of_a_service_reaches_a_client_that_receives()
    {
        using var peer = new RecordingPeer(async (socket, _) =>
        {
            await SendBlocksAsync(socket, 16, seed: 1);
            socket.LingerState = new LingerOption(true, 0);
        });
        using var port = new ProxiedPort().To(peer.Port);
        using var client = port.Connect();

        Assert.Equal(SocketError.ConnectionReset, Assert.Throws<SocketException>(() => client.Rest()).SocketErrorCode);
        Assert.Equal("io_error", Assert.Single(port.Events("proxy_conn_close", 1)).Field("reason"));
        Assert.Equal("body", Assert.Single(port.Events("proxy_upstream_error", 1)).Field("phase"));
    }

    [Fact]
    public async Task The_reset_of_a_client_reaches_a_service_that_sends()
    {
        var failure = new TaskCompletionSource<SocketError>();
        using var peer = new RecordingPeer(async (socket, _) =>
        {
            try
            {
                await SendBlocksAsync(socket, 1000, seed: 1);
            }
            catch (SocketException e)
            {
                failure.SetResult(e.SocketErrorCode);
            }
        });
        using var port = new ProxiedPort().To(peer.Port);
        var client = port.Connect();
        await ReceiveAsync(client, 4 * Block);
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();

        Assert.Contains(await failure.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken), new[] { SocketError.ConnectionReset, SocketError.Shutdown });
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_client_that_reads_nothing_holds_up_the_service_and_is_reported()
    {
        var sent = 0;
        using var peer = new RecordingPeer(async (socket, _) =>
        {
            var block = new byte[Block];
            for (; sent < 1000; sent++)
            {
                await socket.SendAllAsync(block);
            }
        });
        using var port = new ProxiedPort().To(peer.Port);
        using var client = port.Connect();
        await ReceiveAsync(client, Block);

        var stall = Assert.Single(port.Events("proxy_stall", 1));
        Assert.Equal("server_to_client", stall.Field("direction"));
        Assert.InRange(int.Parse(stall.Field("pending_bytes")!, CultureInfo.InvariantCulture), 1, 64 * 1024);
        Assert.InRange(sent, 1, 100);
    }

    [Fact]
    public async Task Large_bodies_follow_each_other_on_one_connection_and_a_rule_meets_the_next_request()
    {
        var random = new Random(1);
        var body = new byte[3 * Block];
        random.NextBytes(body);
        byte[] answers =
        [
            .. "HTTP/1.1 200 OK\r\nContent-Length: 3145728\r\n\r\n"u8, .. body,
            .. "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8,
            .. "200000\r\n"u8, .. body.AsSpan(0, 2 * Block), .. "\r\n100000\r\n"u8, .. body.AsSpan(2 * Block), .. "\r\n0\r\n\r\n"u8,
            .. "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8,
        ];
        byte[] requests = [.. "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3145728\r\n\r\n"u8, .. body, .. "GET /b HTTP/1.1\r\nHost: a\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\n\r\n"u8];
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            await self.ReceiveUntilAsync(socket, requests.Length);
            await socket.SendAllAsync(answers);
            await self.ReceiveUntilAsync(socket, int.MaxValue);
        });
        using var port = new ProxiedPort("http").To(peer.Port);
        using var client = port.Connect();

        await client.SendAllAsync(requests);
        var received = new byte[answers.Length];
        for (var count = 0; count < received.Length;)
        {
            count += await client.ReceiveAsync(received.AsMemory(count), TestContext.Current.CancellationToken);
        }

        Assert.True(received.AsSpan().SequenceEqual(answers));
        Assert.True(peer.Received.AsSpan().SequenceEqual(requests));
        Assert.Empty(port.Log.OfType("proxy_parse_error"));

        port.Open(new ProxyFault { Action = ProxyAction.Error, Status = "503" });
        client.Say("GET /d HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 503", client.Text(), StringComparison.Ordinal);
        Assert.Equal(requests.Length, peer.Count);
    }

    private static ProxyFault Wire(WireFault fault) => new() { Action = ProxyAction.Wire, Wire = fault };

    private static async Task SendBlocksAsync(Socket socket, int count, int seed)
    {
        var random = new Random(seed);
        var block = new byte[Block];
        for (var i = 0; i < count; i++)
        {
            random.NextBytes(block);
            await socket.SendAllAsync(block);
        }
    }

    private static byte[] HashOf(int blocks, int seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var random = new Random(seed);
        var block = new byte[Block];
        for (var i = 0; i < blocks; i++)
        {
            random.NextBytes(block);
            hash.AppendData(block);
        }

        return hash.GetHashAndReset();
    }

    private static async Task<byte[]> ReceiveHashAsync(Socket socket)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Block];
        for (int count; (count = await socket.ReceiveAsync(buffer)) > 0;)
        {
            hash.AppendData(buffer, 0, count);
        }

        return hash.GetHashAndReset();
    }

    private static async Task ReceiveAsync(Socket socket, int count)
    {
        var buffer = new byte[Block];
        for (var received = 0; received < count;)
        {
            var more = await socket.ReceiveAsync(buffer.AsMemory(0, Math.Min(Block, count - received)));
            Assert.NotEqual(0, more);
            received += more;
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The pipes of the process that the tests run in.</summary>
[Collection(nameof(Alone))]
public sealed class BulkCostTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Connections_leave_no_pipes()
    {
        using var peer = new RecordingPeer(async (socket, _) =>
        {
            var block = new byte[512 * 1024];
            while (true)
            {
                await socket.SendAllAsync(block);
            }
        });
        using var port = new ProxiedPort().To(peer.Port);

        // Pipes kept by other tests, or left to the collector by them, would be taken for those of the connections.
        List<SplicePipe> kept = [.. Enumerable.Range(0, SplicePipe.Kept).Select(_ => SplicePipe.Rent()!)];
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Pipes();
        var buffer = new byte[128 * 1024];
        for (var round = 0; round < 10; round++)
        {
            List<Socket> clients = [.. Enumerable.Range(0, 100).Select(_ => port.Connect())];
            foreach (var client in clients)
            {
                await client.ReceiveAsync(buffer);
            }

            // Many hold bytes in a pipe that nobody is going to read; how many depends on how the kernel cut them.
            Assert.True(SpinWait.SpinUntil(() => Pipes() >= before + 8, TimeSpan.FromSeconds(20)), $"{before} pipe ends before, {Pipes()} now");
            clients.ForEach(c => c.Dispose());
        }

        Assert.True(
            SpinWait.SpinUntil(() => Pipes() <= before + (2 * SplicePipe.Kept), TimeSpan.FromSeconds(20)), $"{before} pipe ends before, {Pipes()} after");
        kept.ForEach(p => p.Dispose());
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Bulk_is_moved_without_allocation()
    {
        const int Rounds = 5;
        const int Segment = 64 * 1024;
        const int Segments = 8192;
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var port = new ProxiedPort().To(((IPEndPoint)listener.LocalEndPoint!).Port);
        using var client = port.Connect();
        using var service = listener.Accept();
        var sender = new Thread(() => Send(service)) { IsBackground = true };
        sender.Start();
        var buffer = new byte[4 * Segment];

        // A client that does not read: what the proxy holds is in a pipe.
        List<SplicePipe> kept = [.. Enumerable.Range(0, SplicePipe.Kept).Select(_ => SplicePipe.Rent()!)];
        var before = Pipes();
        client.Say("x");
        Assert.True(SpinWait.SpinUntil(() => Pipes() >= before + 2, TimeSpan.FromSeconds(20)), "no bytes in a pipe");
        kept.ForEach(p => p.Dispose());
        Receive();

        // Whatever else the process does may allocate in a round, but not in all.
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least >= Segments; round++)
        {
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            client.Send("x"u8);
            Receive();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - allocated);
        }

        TestContext.Current.SendDiagnosticMessage($"{least} bytes for {Segments} segments of a pipe");
        Assert.True(least < Segments, $"{least} bytes for {Segments} segments of a pipe");
        client.Dispose();
        sender.Join();

        // As many bytes as the client asks for, until it ends.
        static void Send(Socket service)
        {
            var block = new byte[4 * Segment];
            while (service.Receive(block.AsSpan(0, 1)) > 0)
            {
                for (var sent = 0L; sent < (long)Segments * Segment;)
                {
                    sent += service.Send(block);
                }
            }
        }

        void Receive()
        {
            for (var received = 0L; received < (long)Segments * Segment;)
            {
                received += client.Receive(buffer);
            }
        }
    }

    private static int Pipes() => Directory.GetFiles("/proc/self/fd").Count(f =>
        new FileInfo(f).LinkTarget?.StartsWith("pipe:", StringComparison.Ordinal) == true);
}
