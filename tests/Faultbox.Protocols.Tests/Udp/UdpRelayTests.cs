using System.Net;
using System.Net.Sockets;
using System.Text;
using Faultbox.Core;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Relay;
using Faultbox.Protocols.Tests.Relay;
using Faultbox.Protocols.Udp.Proxy;

namespace Faultbox.Protocols.Tests.Udp;

/// <summary>What raw datagrams become on their way through a proxy without rules.</summary>
public sealed class UdpRelayTests : IDisposable
{
    private const int LargestPayload = 65_507;
    private static readonly InterfaceAddress Target = new("up", "main");
    private readonly Socket _server = Open();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private EndPoint _sender = new IPEndPoint(IPAddress.Any, 0);

    public UdpRelayTests()
    {
        _server.ReceiveBufferSize = 4 * 1024 * 1024;
        _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    }

    private int ServerPort => ((IPEndPoint)_server.LocalEndPoint!).Port;

    public void Dispose() => _server.Dispose();

    [Fact]
    public void Datagrams_of_every_size_pass_whole()
    {
        using var proxy = new ProxyFixture("udp", ServerPort);
        using var client = ClientOf(proxy.Port);
        foreach (var size in new[] { 0, 1, 1472, 9000, LargestPayload, 0, 2 })
        {
            var payload = new byte[size];
            new Random(size).NextBytes(payload);
            client.Send(payload);
            Assert.Equal(payload, AtServer());
            Array.Reverse(payload);
            _server.SendTo(payload, _sender);
            Assert.Equal(payload, _buffer[..client.Receive(_buffer)]);
        }
    }

    /// <summary>A connected client takes answers of no other address. Left to itself the system answers from the one next to the client.</summary>
    [Theory]
    [InlineData("0.0.0.0", "127.0.0.2", 0)]
    [InlineData("0.0.0.0", "127.0.0.2", 1)]
    [InlineData("::", "127.0.0.2", 0)]
    [InlineData("::", "127.0.0.2", 1)]
    [InlineData("::", "::1", 0)]
    public void Answers_come_from_the_address_that_the_client_sent_to(string bound, string reached, int milliseconds)
    {
        using var proxy = ProtocolRegistry.Find("udp")!.Proxy!.Reserve(
            new ProxyPlace { Target = Target, Protocol = "udp", Consumers = ["shop"], BindAddress = IPAddress.Parse(bound) });
        proxy.Use(new InterfaceRules(Target, "udp", new EventLog(TimeProvider.System), seed: 7, "test_udp"));
        proxy.Relay(new ProxyUpstream("127.0.0.1", ServerPort));
        if (milliseconds > 0)
        {
            proxy.Current!.Open([new ProxyRule(
                new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMilliseconds(milliseconds) }, new SourcePosition("test.star", 1, 1))]);
        }

        var address = IPAddress.Parse(reached);
        using var client = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        client.Connect(address, proxy.PortOf("shop"));
        for (var i = 0; i < 3; i++)
        {
            client.Send([(byte)i]);
            _server.SendTo(AtServer(), _sender);

            Assert.Equal([(byte)i], _buffer[..client.Receive(_buffer)]);
        }
    }

    [Fact]
    public void Datagrams_that_come_together_keep_their_order_and_their_clients()
    {
        using var proxy = new ProxyFixture("udp", ServerPort);
        var clients = Enumerable.Range(0, 50).Select(_ => ClientOf(proxy.Port)).ToList();
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < clients.Count; i++)
            {
                clients[i].Send(Encoding.ASCII.GetBytes($"{i}:{round}"));
            }
        }

        var next = new int[clients.Count];
        for (var i = 0; i < clients.Count * 20; i++)
        {
            var parts = Encoding.ASCII.GetString(AtServer()).Split(':').Select(int.Parse).ToArray();
            Assert.Equal(next[parts[0]]++, parts[1]);
            _server.SendTo(Encoding.ASCII.GetBytes($"{parts[0]}:{parts[1]}"), _sender);
        }

        for (var i = 0; i < clients.Count; i++)
        {
            for (var round = 0; round < 20; round++)
            {
                Assert.Equal($"{i}:{round}", Encoding.ASCII.GetString(_buffer, 0, clients[i].Receive(_buffer)));
            }
        }

        clients.ForEach(c => c.Dispose());
        Assert.Equal(50, proxy.Events("proxy_flow_open").Count);
    }

    [Fact]
    public void A_name_that_is_being_looked_up_holds_up_no_other_proxy_and_loses_no_order()
    {
        var asked = new TaskCompletionSource<IPAddress[]>();
        using var proxy = new UdpProxy(Place, new HostNames(_ => asked.Task, TimeProvider.System));
        Use(proxy, "db.test");
        var others = Enumerable.Range(0, 8).Select(_ => new ProxyFixture("udp", ServerPort)).ToList();
        using var waiting = ClientOf(proxy.PortOf("shop"));
        for (var i = 0; i < 10; i++)
        {
            waiting.Send(Encoding.ASCII.GetBytes($"late {i}"));
        }

        // As many proxies as there are loops at the most: one of them shares the loop of the proxy that waits.
        foreach (var other in others)
        {
            using var client = ClientOf(other.Port);
            client.Send("at once"u8);
            Assert.Equal("at once"u8, AtServer());
        }

        asked.SetResult([IPAddress.Loopback]);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal($"late {i}", Encoding.ASCII.GetString(AtServer()));
        }

        others.ForEach(o => o.Dispose());
    }

    [Fact]
    public void A_name_that_is_not_known_is_reported_and_asked_for_again()
    {
        var answers = new Queue<Task<IPAddress[]>>(
            [Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)), Task.FromResult<IPAddress[]>([IPAddress.Loopback])]);
        using var proxy = new UdpProxy(Place, new HostNames(_ => answers.Dequeue(), TimeProvider.System));
        var log = Use(proxy, "db.test");
        using var client = ClientOf(proxy.PortOf("shop"));
        client.Send("lost"u8);
        Assert.True(SpinWait.SpinUntil(() => log.OfType("proxy_upstream_error").Any(), TimeSpan.FromSeconds(20)));

        client.Send("found"u8);

        Assert.Equal("found"u8, AtServer());
        var failure = Assert.Single(log.OfType("proxy_upstream_error"));
        Assert.Contains(failure.Fields, f => f is { Name: "error", Value: "no such host" });
    }

    private static ProxyPlace Place => new() { Target = Target, Protocol = "udp", Consumers = ["shop"], Stages = [] };

    private EventLog Use(UdpProxy proxy, string host)
    {
        var log = new EventLog(TimeProvider.System);
        proxy.Use(new InterfaceRules(Target, "udp", log, seed: 7, "test_proxy"));
        proxy.Relay(new ProxyUpstream(host, ServerPort));
        return log;
    }

    private byte[] AtServer() => _buffer[.._server.ReceiveFrom(_buffer, ref _sender)];

    private static Socket Open() => new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 20_000 };

    private static Socket ClientOf(int port)
    {
        var client = Open();
        client.Connect(IPAddress.Loopback, port);
        return client;
    }
}
