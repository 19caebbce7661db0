using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Faultbox.Core.Faults;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Udp;

/// <summary>Datagrams between raw sockets through the proxy of an interface.</summary>
public sealed class UdpProxyTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private readonly Socket _server = Open();
    private readonly List<string> _received = [];
    private readonly ProxyFixture _proxy;

    public UdpProxyTests()
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

    [Fact]
    public async Task Datagrams_pass_both_ways_for_any_number_of_clients()
    {
        using var one = Client();
        using var two = Client();

        Assert.Equal("echo a", await AskAsync(one, "a"));
        Assert.Equal("echo b", await AskAsync(two, "b"));
        Assert.Equal("echo c", await AskAsync(one, "c"));
        Assert.Equal(2, _proxy.Events("proxy_flow_open").Count);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task The_same_seed_loses_the_same_datagrams()
    {
        var first = await LostAsync();
        using var again = new UdpProxyTests();
        var second = await again.LostAsync();

        Assert.Equal(first, second);
        Assert.InRange(first.Count, 250, 350);
    }

    /// <summary>What was sent before is lost, as without the proxy; the client goes on with the socket that it has.</summary>
    [Fact]
    public async Task A_service_that_comes_up_on_the_other_loopback_address_is_found()
    {
        using var late = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        var port = FreePort.Next();
        using var proxy = new ProxyFixture("udp", port);
        using var client = Open();
        client.Connect(IPAddress.Loopback, proxy.Port);
        await client.SendAsync("early"u8.ToArray());
        Assert.True(SpinWait.SpinUntil(() => proxy.Events("proxy_flow_open").Count == 1, Soon));
        late.Bind(new IPEndPoint(IPAddress.IPv6Loopback, port));

        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                client.Send("again"u8);
                return late.Poll(TimeSpan.FromMilliseconds(20), SelectMode.SelectRead);
            },
            Soon));
        Assert.Equal("again", await ReceiveAsync(late));
        Assert.Equal("moved", Assert.Single(proxy.Events("proxy_flow_close")).Field("reason"));
    }

    [Fact]
    public async Task A_delayed_datagram_holds_up_no_other_one()
    {
        _proxy.Open(new ProxyFault
        {
            Action = ProxyAction.Delay,
            Delay = TimeSpan.FromSeconds(1),
            Matcher = new MessageMatcher { Method = new MessageGlob("slow") },
        });
        using var one = Client();
        using var two = Client();
        await one.SendAsync("slow 1"u8.ToArray());
        await one.SendAsync("slow 2"u8.ToArray());

        Assert.Equal("echo fast", await AskAsync(two, "fast"));

        Assert.Equal(0, one.Available);
        Assert.Equal("echo slow 1", await ReceiveAsync(one));
        Assert.Equal("echo slow 2", await ReceiveAsync(one));
    }

    [Fact]
    public async Task Rules_answer_duplicate_and_drop_replies()
    {
        _proxy.Open(
            new ProxyFault { Action = ProxyAction.Respond, Body = "made up"u8.ToArray(), Matcher = new MessageMatcher { Method = new MessageGlob("ask") } },
            new ProxyFault { Action = ProxyAction.Duplicate, Matcher = new MessageMatcher { Method = new MessageGlob("twice") } },
            new ProxyFault
            {
                Action = ProxyAction.Drop,
                Direction = TrafficDirection.ServerToClient,
                Matcher = new MessageMatcher { Body = "lost"u8.ToArray() },
            });
        using var client = Client();

        Assert.Equal("made up", await AskAsync(client, "ask me"));
        Assert.Equal("echo twice", await AskAsync(client, "twice"));
        Assert.Equal("echo twice", await ReceiveAsync(client));
        await client.SendAsync("lost"u8.ToArray());
        Assert.Equal("echo kept", await AskAsync(client, "kept"));
        Assert.Contains("lost", _received);
        Assert.Equal(["respond", "duplicate", "drop"], _proxy.Events("proxy").Select(e => e.Field("action")));
        Assert.Equal("9", _proxy.Events("proxy")[2].Field("size"));
    }

    [Fact]
    public async Task A_service_that_is_not_up_yet_is_reached_once_it_is()
    {
        using var late = Open();
        late.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)late.LocalEndPoint!).Port;
        late.Dispose();
        using var proxy = new ProxyFixture("udp", port);
        using var client = Open();
        client.Connect(IPAddress.Loopback, proxy.Port);
        await client.SendAsync("early"u8.ToArray());
        while (proxy.Events("proxy_flow_open").Count == 0)
        {
            await Task.Yield();
        }

        using var server = Open();
        server.Bind(new IPEndPoint(IPAddress.Loopback, port));
        await client.SendAsync("now"u8.ToArray());

        var buffer = new byte[100];
        string text;
        do
        {
            var count = await server.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(Soon, TestContext.Current.CancellationToken);
            text = Encoding.ASCII.GetString(buffer, 0, count);
        }
        while (text == "early");
        Assert.Equal("now", text);
    }

    [Fact]
    public async Task A_service_that_was_up_and_refuses_and_is_up_again_answers_again()
    {
        using var client = Client();
        Assert.Equal("echo up", await AskAsync(client, "up"));
        var port = ((IPEndPoint)_server.LocalEndPoint!).Port;
        _server.Dispose();

        // Each of them is refused (ICMP port unreachable), which the proxy is told at the next one.
        for (var i = 1; i <= 5; i++)
        {
            await client.SendAsync("down"u8.ToArray());
        }

        using var again = Open();
        again.Bind(new IPEndPoint(IPAddress.Loopback, port));
        await client.SendAsync("up again"u8.ToArray());
        var buffer = new byte[100];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        string text;
        do
        {
            var received = await again.ReceiveFromAsync(buffer, from, TestContext.Current.CancellationToken).AsTask().WaitAsync(Soon, TestContext.Current.CancellationToken);
            (text, from) = (Encoding.ASCII.GetString(buffer, 0, received.ReceivedBytes), received.RemoteEndPoint);
        }
        while (text == "down");
        Assert.Equal("up again", text);
        await again.SendToAsync("answer"u8.ToArray(), from);

        Assert.Equal("answer", await ReceiveAsync(client));
        Assert.Single(_proxy.Events("proxy_flow_open"));
        Assert.Empty(_proxy.Events("proxy_upstream_error"));
    }

    [Fact]
    public async Task The_step_sends_and_receives_through_the_proxy()
    {
        var protocol = ProtocolRegistry.Find("udp")!;
        var response = await Task.Run(() => protocol.Step(
            new StepRequest("127.0.0.1", _proxy.Port, "send", [new("data", "ping")]), TestContext.Current.CancellationToken));

        Assert.Equal($$"""{"raw":"{{Convert.ToHexStringLower("echo ping"u8)}}","size":9}""", response.Text);
        var silent = protocol.Step(
            new StepRequest("127.0.0.1", _proxy.Port, "send", [new("hex", "zz")]), TestContext.Current.CancellationToken);
        Assert.Equal((false, "invalid hex"), (silent.Success, silent.Error));
    }

    private static Socket Open() => new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    private static async Task<string> ReceiveAsync(Socket client)
    {
        var buffer = new byte[2048];
        return Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer).WaitAsync(Soon));
    }

    private static async Task<string> AskAsync(Socket client, string text)
    {
        await client.SendAsync(Encoding.ASCII.GetBytes(text));
        return await ReceiveAsync(client);
    }

    private Socket Client()
    {
        var client = Open();
        client.Connect(IPAddress.Loopback, _proxy.Port);
        return client;
    }

    /// <summary>Numbers of the datagrams out of 1,000 that a drop of 30 % took.</summary>
    private async Task<List<int>> LostAsync()
    {
        var window = _proxy.Open(new ProxyFault { Action = ProxyAction.Drop, Probability = 0.3, Label = "loss", Trigger = Trigger.Always });
        using var client = Client();
        for (var i = 0; i < 1000; i++)
        {
            await client.SendAsync(Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture)));
            while (window.Rules[0].Matches <= i)
            {
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }

            while (client.Available > 0)
            {
                await ReceiveAsync(client);
            }
        }

        _proxy.Rules.Close(window);
        Assert.Equal("echo end", await LastAsync(client));
        lock (_received)
        {
            return [.. Enumerable.Range(0, 1000).Except(_received.Where(r => r != "end").Select(r => int.Parse(r, CultureInfo.InvariantCulture)))];
        }
    }

    private static async Task<string> LastAsync(Socket client)
    {
        await client.SendAsync("end"u8.ToArray());
        string text;
        do
        {
            text = await ReceiveAsync(client);
        }
        while (text != "echo end");
        return text;
    }

    private async Task EchoAsync()
    {
        var buffer = new byte[2048];
        try
        {
            while (true)
            {
                var received = await _server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                var text = Encoding.ASCII.GetString(buffer, 0, received.ReceivedBytes);
                lock (_received)
                {
                    _received.Add(text);
                }

                await _server.SendToAsync(Encoding.ASCII.GetBytes($"echo {text}"), received.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }
}
