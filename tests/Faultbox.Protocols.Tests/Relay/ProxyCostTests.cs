using System.Diagnostics;
using System.Net.Sockets;

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
        const int Count = 3000;
        using var peer = new RecordingPeer(StreamProxyTests.EchoAsync);
        using var port = new ProxiedPort().To(peer.Port);
        var clients = new List<Socket>();
        Connect(100);
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var threads = Process.GetCurrentProcess().Threads.Count;
        Connect(Count);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - memory) / Count;
        var more = Process.GetCurrentProcess().Threads.Count - threads;
        clients.ForEach(c => c.Dispose());

        // The figure includes the three sockets and the receive buffer of the test's own peer: 64 KiB of the 80.
        TestContext.Current.SendDiagnosticMessage($"{each} bytes for each idle connection, {more} threads for {Count}");
        Assert.True(each < 84 * 1024, $"{each} bytes for each idle connection");
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

    [Fact]
    public void Segments_are_forwarded_without_allocation()
    {
        const int Rounds = 2000;
        using var peer = new RecordingPeer(StreamProxyTests.EchoAsync);
        using var port = new ProxiedPort().To(peer.Port);
        using var client = port.Connect();
        var buffer = new byte[32];
        Exchange(6000);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Exchange(Rounds);
        var each = (GC.GetTotalAllocatedBytes(precise: true) - before) / (2.0 * Rounds);

        // The peer of the test allocates nothing either; a state machine for each segment would cost some 200 bytes.
        TestContext.Current.SendDiagnosticMessage($"{each:F1} bytes for each segment");
        Assert.True(each < 100, $"{each:F1} bytes for each segment");

        void Exchange(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                client.Send(buffer);
                for (var received = 0; received < buffer.Length;)
                {
                    received += client.Receive(buffer);
                }
            }
        }
    }
}
