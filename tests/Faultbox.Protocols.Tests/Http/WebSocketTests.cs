using System.Globalization;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Grpc;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Http;

/// <summary>WebSocket through the proxy of http: client and server are those of the Node.js library <c>ws</c>.</summary>
[Trait("Category", "Slow")]
public sealed class WebSocketTests : IAsyncLifetime
{
    private NodePeer _server = null!;
    private ProxyFixture _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await NodePeer.StartAsync(Script("echo.js"));
        _proxy = new ProxyFixture("http", _server.Port);
    }

    public ValueTask DisposeAsync()
    {
        _proxy.Dispose();
        _server.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Every_kind_of_message_and_the_close_code_come_back()
    {
        Assert.Equal(Everything, await TalkAsync("/chat"));
        await _server.SaidAsync("/chat");
    }

    [Fact]
    public async Task The_upgrade_is_a_request_that_rules_match()
    {
        _proxy.Open(
            new ProxyFault { Action = ProxyAction.Error, Matcher = At("/busy"), Status = "503" },
            new ProxyFault { Action = ProxyAction.Drop, Matcher = At("/gone") },
            new ProxyFault { Action = ProxyAction.Delay, Matcher = At("/slow"), Delay = TimeSpan.FromMilliseconds(200) });

        Assert.Equal(["refused 503"], await TalkAsync("/busy"));
        Assert.Equal(["error socket hang up", "close 1006 "], (await TalkAsync("/gone")).Select(l => l.Replace("ECONNRESET", "socket hang up", StringComparison.Ordinal)));
        Assert.Equal(Everything, await TalkAsync("/slow"));

        Assert.Equal(["error", "drop", "delay"], _proxy.Events("proxy").Select(e => e.Field("action")));
        Assert.DoesNotContain("/busy", _server.Calls);
        Assert.DoesNotContain("/gone", _server.Calls);
    }

    [Fact]
    public async Task A_tunnel_has_no_half()
    {
        var rule = Assert.Single(_proxy.Open(
            new ProxyFault { Action = ProxyAction.Http, Http = new HttpTruncate(new BodyPoint(null, 0.5), Reset: false), Matcher = At("/chat") }).Rules);

        Assert.Equal(Everything, await TalkAsync("/chat"));

        Assert.Equal((1, 0, 1), (rule.Matches, rule.Fired, rule.WithoutEffect));
    }

    /// <summary>The service has agreed by then: what the client hears of it comes later, or is another answer.</summary>
    [Fact]
    public async Task The_agreement_of_the_service_can_be_delayed_or_replaced()
    {
        _proxy.Open(
            new ProxyFault { Action = ProxyAction.Delay, Matcher = At("/slow"), Delay = TimeSpan.FromMilliseconds(200), OnResponse = true },
            new ProxyFault { Action = ProxyAction.Error, Matcher = At("/busy"), Status = "503", OnResponse = true },
            new ProxyFault { Action = ProxyAction.Drop, Matcher = At("/gone"), OnResponse = true });

        Assert.Equal(Everything, await TalkAsync("/slow"));
        Assert.Equal(["refused 503"], await TalkAsync("/busy"));
        Assert.Equal(["error socket hang up", "close 1006 "], (await TalkAsync("/gone")).Select(l => l.Replace("ECONNRESET", "socket hang up", StringComparison.Ordinal)));

        Assert.Equal(["/slow", "/busy", "/gone"], _server.Calls);
        Assert.Equal(["delay", "error", "drop"], _proxy.Events("proxy").Select(e => e.Field("action")));
    }

    [Fact]
    public async Task Messages_survive_latency_and_slicing()
    {
        _proxy.Open(
            new WireLatency(TimeSpan.FromMilliseconds(5), TimeSpan.Zero, JitterDistribution.Uniform, TrafficDirection.Both),
            new WireSlicer(8191, 100, TimeSpan.Zero, TrafficDirection.Both));

        Assert.Equal(Everything, await TalkAsync("/chat"));
    }

    [Fact]
    public async Task A_connection_that_is_upgraded_already_is_cut_when_a_window_opens()
    {
        using var client = await NodePeer.StartAsync(Script("talk.js"), Port, "/chat", "stay");
        _proxy.Open(new WireResetPeer(TimeSpan.Zero, null));

        await client.SaidAsync("close 1006 ");

        Assert.Contains(_proxy.Events("proxy"), e => e.Field("action") == "reset_peer");
    }

    private static string[] Everything =>
        ["text true", "empty true", "binary true", "fragments true", "big true", "uncompressed true", "pong are you there", "close 4001 done"];

    private string Port => _proxy.Port.ToString(CultureInfo.InvariantCulture);

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Http", "Peers", name);

    private static MessageMatcher At(string path) => new() { Path = new MessageGlob(path) };

    private Task<string[]> TalkAsync(string path) => NodePeer.RunAsync(Script("talk.js"), Port, path, "talk");
}
