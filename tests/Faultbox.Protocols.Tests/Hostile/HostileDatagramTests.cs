using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Hostile;

/// <summary>Datagrams of every size and from more addresses than there is room for.</summary>
[Collection(nameof(Alone))]
public sealed class HostileDatagramTests : IDisposable
{
    private const int MaximumFlows = 4096;
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ProxyFixture _proxy;

    public HostileDatagramTests()
    {
        _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _proxy = new ProxyFixture("udp", ((IPEndPoint)_server.LocalEndPoint!).Port);
        _ = EchoAsync();
    }

    public void Dispose()
    {
        _proxy.Dispose();
        _server.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1472)]
    [InlineData(65_506)]
    [InlineData(65_507)]
    public async Task Every_size_passes_both_ways(int size)
    {
        using var client = Client();
        var sent = new byte[size];
        new Random(size).NextBytes(sent);

        Assert.Equal(sent, await AskAsync(client, sent));
    }

    [Fact]
    public async Task Rules_on_a_prefix_do_not_meet_what_has_none()
    {
        _proxy.Open(new ProxyFault { Action = ProxyAction.Drop, Matcher = new() { Method = new("x") } });
        using var client = Client();

        Assert.Empty(await AskAsync(client, []));
        Assert.Equal("y"u8.ToArray(), await AskAsync(client, "y"u8.ToArray()));
        Assert.Empty(_proxy.Events("proxy"));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task More_clients_than_there_is_room_for_make_the_oldest_leave()
    {
        const int Clients = 9000;
        using var regular = Client();
        await AskAsync(regular, "first"u8.ToArray());
        var before = Footprint.Now;
        for (var i = 0; i < Clients; i++)
        {
            if (i == MaximumFlows - 100)
            {
                // The events of a test are capped.
                _proxy.BeginTest();
            }

            using var client = Client();
            await AskAsync(client, [(byte)i]);
        }

        var held = Footprint.Now;
        Assert.True(held.Sockets - before.Sockets <= MaximumFlows, $"{held.Sockets - before.Sockets} sockets");
        Assert.True(held.Heap - before.Heap < 48 << 20, $"{held.Heap - before.Heap} bytes");
        await _proxy.EventAsync("proxy_flow_close", e => e.Field("reason") == "too_many_flows");
        Assert.Equal("again"u8.ToArray(), await AskAsync(regular, "again"u8.ToArray()));
    }

    private Socket Client()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(IPAddress.Loopback, _proxy.Port);
        return socket;
    }

    /// <summary>Sends a datagram until its echo comes: the system may lose some.</summary>
    private static async Task<byte[]> AskAsync(Socket client, byte[] sent)
    {
        var buffer = new byte[70_000];
        for (var tries = 0; tries < 30; tries++)
        {
            await client.SendAsync(sent);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                return buffer[..await client.ReceiveAsync(buffer, patience.Token)];
            }
            catch (OperationCanceledException)
            {
                // Lost.
            }
        }

        throw new TimeoutException("no echo");
    }

    private async Task EchoAsync()
    {
        var buffer = new byte[70_000];
        EndPoint sender = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            while (true)
            {
                var received = await _server.ReceiveFromAsync(buffer, sender);
                await _server.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), received.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
