using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>Tests that measure the process they run in have it for themselves.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>What a proxy costs: memory of idle connections, allocation on the byte path.</summary>
[Collection(nameof(Alone))]
public sealed class ProxyCostTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public void Idle_connections_cost_little_memory_and_no_thread()
    {
        const int Count = 2000;
        using var peer = new RecordingPeer(EchoWithoutBufferAsync);
        using var port = new ProxiedPort().To(peer.Port);
        var clients = new List<Socket>();
        Connect(100);
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var threads = Process.GetCurrentProcess().Threads.Count;
        Connect(Count);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - memory) / Count;
        var more = Process.GetCurrentProcess().Threads.Count - threads;
        clients.ForEach(c => c.Dispose());

        // The figure includes the sockets of the test's own client and peer.
        TestContext.Current.SendDiagnosticMessage($"{each} bytes for each idle connection, {more} threads for {Count}");
        Assert.True(each < 20 * 1024, $"{each} bytes for each idle connection");
        Assert.True(more < 50, $"{more} threads for {Count} connections");

        void Connect(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var client = port.Connect();
                clients.Add(client);
                client.Say("x");
                client.Text();
            }
        }
    }

    [Theory]
    [InlineData("tcp", false)]
    [InlineData("tcp", true)]
    [InlineData("http", false)]
    [InlineData("http", true)]
    [Trait("Category", "Slow")]
    public void Segments_are_forwarded_without_allocation(string protocol, bool withRule)
    {
        // Each exchange is a segment from the client and one from the service.
        const int Exchanges = 100_000;
        const int Connections = 32;
        using var peer = new BlockingPeer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
        using var port = new ProxiedPort(protocol).To(peer.Port);
        if (withRule)
        {
            port.Open(new ProxyFault { Action = ProxyAction.Drop, Matcher = NotMatching(protocol) });
        }

        var request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray();
        var clients = Enumerable.Range(0, Connections).Select(_ => port.Connect()).ToList();
        var buffer = new byte[256];
        Exchange(6_000);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Exchange(Exchanges);
        var all = GC.GetTotalAllocatedBytes(precise: true) - before;
        clients.ForEach(c => c.Dispose());

        TestContext.Current.SendDiagnosticMessage($"{all} bytes for {2 * Exchanges} segments");
        // Less than a byte each: the smallest object for every segment would be 24.
        Assert.True(all < 2 * Exchanges, $"{all} bytes for {2 * Exchanges} segments");

        void Exchange(int count)
        {
            for (var round = 0; round < count / Connections; round++)
            {
                foreach (var client in clients)
                {
                    client.Send(request);
                }

                foreach (var client in clients)
                {
                    for (var received = 0; received < peer.Answer.Length;)
                    {
                        received += client.Receive(buffer);
                    }
                }
            }
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Datagrams_are_forwarded_without_allocation()
    {
        const int Exchanges = 20_000;
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 20_000 };
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var proxy = new ProxyFixture("udp", ((IPEndPoint)server.LocalEndPoint!).Port);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 20_000 };
        client.Connect(IPAddress.Loopback, proxy.Port);
        var sender = new SocketAddress(AddressFamily.InterNetwork);
        var buffer = new byte[256];
        Exchange(2000);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Exchange(Exchanges);
        var all = GC.GetTotalAllocatedBytes(precise: true) - before;

        Assert.True(all < 2 * Exchanges, $"{all} bytes for {2 * Exchanges} datagrams");

        void Exchange(int count)
        {
            for (var i = 0; i < count; i++)
            {
                client.Send("question"u8);
                server.ReceiveFrom(buffer, SocketFlags.None, sender);
                server.SendTo("answer"u8, SocketFlags.None, sender);
                client.Receive(buffer);
            }
        }
    }

    private static MessageMatcher NotMatching(string protocol) => protocol == "http"
        ? new() { Path = new MessageGlob("/absent/*") }
        : new() { Method = new MessageGlob("absent") };

    private static async Task EchoWithoutBufferAsync(Socket socket, RecordingPeer peer)
    {
        while (true)
        {
            await socket.ReceiveAsync(Memory<byte>.Empty);
            var buffer = ArrayPool<byte>.Shared.Rent(256);
            var count = await socket.ReceiveAsync(buffer);
            await socket.SendAsync(buffer.AsMemory(0, count));
            ArrayPool<byte>.Shared.Return(buffer);
            if (count == 0)
            {
                socket.Close();
                return;
            }
        }
    }

    /// <summary>A service with a thread for each connection that allocates nothing: one answer for each segment.</summary>
    private sealed class BlockingPeer : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public BlockingPeer(byte[] answer)
        {
            Answer = answer;
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(64);
            new Thread(Accept) { IsBackground = true }.Start();
        }

        public byte[] Answer { get; }

        public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        public void Dispose() => _listener.Dispose();

        private void Accept()
        {
            try
            {
                while (true)
                {
                    var socket = _listener.Accept();
                    new Thread(() => Serve(socket)) { IsBackground = true }.Start();
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
            }
        }

        private void Serve(Socket socket)
        {
            using (socket)
            {
                var buffer = new byte[256];
                try
                {
                    while (socket.Receive(buffer) > 0)
                    {
                        socket.Send(Answer);
                    }
                }
                catch (SocketException)
                {
                }
            }
        }
    }
}
