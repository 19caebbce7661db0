using System.Globalization;
using System.Text.Json;
using Faultbox.Core.Faults;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Grpc;

/// <summary>gRPC between a real client and a real service of another implementation.</summary>
[Trait("Category", "Slow")]
public sealed class GrpcRelayTests : IAsyncLifetime
{
    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;
    private NodePeer _service = null!;
    private RelayHarness _relay = null!;

    public async ValueTask InitializeAsync()
    {
        _service = await NodePeer.StartAsync("server.js");
        _relay = new RelayHarness("grpc", _service.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        _service.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_call_shape_is_the_same_as_without_a_proxy(bool afterRules)
    {
        var direct = await NodePeer.RunAsync("client.js", Text(_service.Port));
        AssertComplete(direct);
        if (afterRules)
        {
            _relay.Open(
                new ProxyFault { Action = ProxyAction.Error, Matcher = On("/other.Service/*") },
                new ProxyFault { Action = ProxyAction.Error, Matcher = new MessageMatcher { Headers = [new("x-ask", new MessageGlob("8"))] } });
        }

        var relayed = await NodePeer.RunAsync("client.js", Text(_relay.Port));

        Assert.Equal(direct, relayed);
        Assert.Equal(2, _service.Calls.Count(c => c == "Post hello"));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (_service.Calls.Count(c => c == "cancelled") < 4)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>What is compared says something: every call came to its own end, with what belongs to it.</summary>
    private static void AssertComplete(IEnumerable<string> lines)
    {
        const string NoBytes = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        var seen = lines.Select(l => JsonDocument.Parse(l).RootElement).ToDictionary(e => e.GetProperty("case").GetString()!);
        int Code(string name) => seen[name].GetProperty("code").GetInt32();
        Assert.Equal((0, 0, 9, 4, 1, 0, 0, 12), (Code("unary"), Code("large"), Code("fail"), Code("deadline"), Code("cancel"), Code("list"), Code("chat"), Code("unknown")));
        Assert.NotEqual(NoBytes, seen["large"].GetProperty("reply").GetProperty("blob").GetString());
        Assert.Equal(3000, seen["gzip"].GetProperty("reply").GetProperty("text").GetString()!.Length);
        Assert.Equal("i-7", seen["unary"].GetProperty("initial").GetProperty("x-initial")[0].GetString());
        Assert.Equal("t", seen["unary"].GetProperty("trailing").GetProperty("x-trailing")[0].GetString());
        Assert.True(seen["fail"].GetProperty("trailing").TryGetProperty("grpc-status-details-bin", out _));
        Assert.Equal((500, 1000), (seen["list"].GetProperty("numbers").GetArrayLength(), seen["chat"].GetProperty("numbers").GetArrayLength()));
    }

    [Fact]
    public async Task An_error_is_a_status_and_the_service_is_not_called()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Error, Status = "14", Message = "nö", Matcher = On("/acme.Ledger/*") });

        var seen = await CallAsync("unary");

        Assert.Equal((14, "nö"), (seen.GetProperty("code").GetInt32(), seen.GetProperty("details").GetString()));
        Assert.Empty(_service.Calls);
        var acted = Assert.Single(_relay.Events("proxy"));
        Assert.Equal(
            "action=error protocol=grpc method=/acme.Ledger/Post code=Unavailable error=nö",
            string.Join(' ', acted.Fields.Take(5).Select(f => $"{f.Name}={f.Value}")));
    }

    [Theory]
    [InlineData("RESOURCE_EXHAUSTED", 8)]
    [InlineData("NotFound", 5)]
    [InlineData(null, 13)]
    public async Task A_status_may_be_named(string? status, int code)
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Error, Status = status });

        Assert.Equal(code, (await CallAsync("unary")).GetProperty("code").GetInt32());
    }

    [Theory]
    [InlineData(DropMode.Default, null, 14, "connection dropped")]
    [InlineData(DropMode.Reset, null, 13, "Received RST_STREAM with code 2")]
    [InlineData(DropMode.Reset, "REFUSED_STREAM", 14, "Stream refused by server")]
    public async Task A_drop_is_a_status_or_a_reset(DropMode mode, string? code, int expected, string details)
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Drop, DropMode = mode, Code = code, Matcher = On("/acme.Ledger/Post") });

        var seen = await CallAsync("unary");

        Assert.Equal(expected, seen.GetProperty("code").GetInt32());
        Assert.StartsWith(details, seen.GetProperty("details").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lost_acknowledgement_the_service_acted_and_the_caller_sees_an_error()
    {
        _relay.Open(new ProxyFault
        {
            Action = ProxyAction.Error,
            Status = "UNAVAILABLE",
            OnResponse = true,
            Matcher = On("/acme.Ledger/Post"),
            Trigger = new Trigger(TriggerKind.Nth, 1),
        });

        Assert.Equal(14, (await CallAsync("unary")).GetProperty("code").GetInt32());
        Assert.Contains("Post hello", _service.Calls);
        Assert.Equal(0, (await CallAsync("unary")).GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_reply_of_a_rule_is_a_message()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Respond, Body = new byte[] { 0x0a, 0x02, (byte)'h', (byte)'i', 0x18, 9 } });

        var reply = (await CallAsync("unary")).GetProperty("reply");

        Assert.Equal(("hi", 9), (reply.GetProperty("text").GetString(), reply.GetProperty("number").GetInt32()));
    }

    [Fact]
    public async Task Streams_meet_delays_and_errors_too()
    {
        _relay.Open(
            new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMilliseconds(300), Matcher = On("/acme.Ledger/Chat") },
            new ProxyFault { Action = ProxyAction.Error, Status = "8", Matcher = On("/acme.Ledger/List") });

        var lines = await NodePeer.RunAsync("client.js", Text(_relay.Port), "chat", "list", "upload", "unary");

        var seen = lines.Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        Assert.Equal(1000, seen[0].GetProperty("numbers").GetArrayLength());
        Assert.Equal(8, seen[1].GetProperty("code").GetInt32());
        Assert.Equal(19_900, seen[2].GetProperty("sum").GetInt32());
        Assert.Equal(0, seen[3].GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task The_step_calls_with_raw_messages_and_metadata()
    {
        var response = await Task.Run(
            () => ProtocolRegistry.Find("grpc")!.Step(
                new StepRequest("127.0.0.1", _relay.Port, "call",
                    [
                        new("method", "/acme.Ledger/Post"),
                        new("raw", new byte[] { 0x0a, 0x02, (byte)'h', (byte)'i' }),
                        new("metadata", new List<KeyValuePair<string, object?>> { new("x-ask", "9") }),
                    ]),
                _cancellation));

        Assert.True(response.Success, response.Error);
        Assert.Equal(new byte[] { 0x0a, 0x02, (byte)'h', (byte)'i', 0x18, 1 }, response.Body.ToArray());
        Assert.Contains(new("x-initial", "i-9"), response.Headers);
    }

    private static MessageMatcher On(string method) => new() { Method = new MessageGlob(method) };

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private async Task<JsonElement> CallAsync(string name) =>
        JsonDocument.Parse(Assert.Single(await NodePeer.RunAsync("client.js", Text(_relay.Port), name))).RootElement;
}
