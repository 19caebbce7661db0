using System.Globalization;
using System.Text.Json;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Faultbox.Protocols.Tests.Grpc;

/// <summary>Faults on gRPC calls between client and service of Node.js: the status that the caller gets, and the replies before it.</summary>
[Trait("Category", "Slow")]
public sealed class GrpcFaultTests : IAsyncLifetime
{
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
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(499)]
    public async Task A_status_ends_a_stream_after_so_many_replies(int after)
    {
        Fault(new GrpcEndStatus("RESOURCE_EXHAUSTED", "genug ü", after), "/acme.Ledger/List");

        var seen = await CallAsync("list");

        Assert.Equal((8, "genug ü", after), (Code(seen), Details(seen), seen.GetProperty("numbers").GetArrayLength()));
        Assert.Contains("List", _service.Calls);
        AssertEvent($"action=status protocol=grpc method=/acme.Ledger/List code=ResourceExhausted after_messages={after}");
    }

    [Fact]
    public async Task A_status_takes_the_place_of_the_services_own_after_its_reply()
    {
        Fault(new GrpcEndStatus("14", "", 1), "/acme.Ledger/Post");

        Assert.Equal(14, Code(await CallAsync("unary")));
        Assert.Contains("Post hello", _service.Calls);
    }

    [Fact]
    public async Task A_stream_that_ends_before_is_left_alone()
    {
        var rule = Fault(new GrpcEndStatus("14", "", 501), "/acme.Ledger/List");

        var seen = await CallAsync("list");

        Assert.Equal((0, 500), (Code(seen), seen.GetProperty("numbers").GetArrayLength()));
        Assert.Empty(_relay.Events("proxy"));
        Assert.Equal((1, 0, 1), (rule.Matches, rule.Fired, rule.WithoutEffect));
    }

    [Theory]
    [InlineData(0, "INTERNAL", 13)]
    [InlineData(3, "INTERNAL", 13)]
    [InlineData(3, "CANCEL", 1)]
    [InlineData(3, "REFUSED_STREAM", 14)]
    [InlineData(3, "ENHANCE_YOUR_CALM", 8)]
    public async Task A_cut_is_a_reset_after_so_many_replies(int after, string code, int status)
    {
        Fault(new GrpcCut(after, code), "/acme.Ledger/List");

        var seen = await CallAsync("list");

        Assert.Equal((status, after), (Code(seen), seen.GetProperty("numbers").GetArrayLength()));
        AssertEvent($"action=cut protocol=grpc method=/acme.Ledger/List code={code} after_messages={after}");
    }

    [Fact]
    public async Task A_call_without_trailers_has_no_status()
    {
        Fault(new GrpcNoTrailers(), "/acme.Ledger/*");

        var unary = await CallAsync("unary");
        var list = await CallAsync("list");

        Assert.Equal(13, Code(unary));
        Assert.Equal((13, 500), (Code(list), list.GetProperty("numbers").GetArrayLength()));
        Assert.Equal("action=no_trailers protocol=grpc method=/acme.Ledger/Post", Text(0, 3));
    }

    [Fact]
    public async Task Metadata_are_set_and_removed_at_either_end()
    {
        _relay.Open(Rule(new GrpcMetadata(new FieldChange([new("x-new", "1")], [], ["X-Trailing"]), OnHead: false), "/acme.Ledger/Post"));
        var trailing = await CallAsync("unary");
        Assert.Equal(0, Code(trailing));
        Assert.Equal("1", trailing.GetProperty("trailing").GetProperty("x-new")[0].GetString());
        Assert.False(trailing.GetProperty("trailing").TryGetProperty("x-trailing", out _));
        Assert.Equal("i-7", trailing.GetProperty("initial").GetProperty("x-initial")[0].GetString());
    }

    [Fact]
    public async Task Metadata_before_the_replies_are_changed_too()
    {
        Fault(new GrpcMetadata(new FieldChange([new("x-initial", "other")], [], []), OnHead: true), "/acme.Ledger/Post");

        var seen = await CallAsync("unary");

        Assert.Equal("other", seen.GetProperty("initial").GetProperty("x-initial")[0].GetString());
        Assert.Equal("t", seen.GetProperty("trailing").GetProperty("x-trailing")[0].GetString());
        AssertEvent("action=metadata protocol=grpc method=/acme.Ledger/Post target=headers");
    }

    [Theory]
    [InlineData(MessageDamage.Flip, 13)]
    [InlineData(MessageDamage.Length, 12)]
    [InlineData(MessageDamage.Truncate, 12)]
    public async Task A_damaged_reply_is_refused_by_the_caller(MessageDamage kind, int code)
    {
        Fault(new GrpcCorrupt(kind), "/acme.Ledger/Post");

        var seen = await CallAsync("unary");

        Assert.Equal(code, Code(seen));
        AssertEvent($"action=corrupt protocol=grpc method=/acme.Ledger/Post kind={kind.ToString().ToLowerInvariant()}");
    }

    [Fact]
    public async Task A_reply_marked_as_compressed_is_noticed_by_the_step()
    {
        Fault(new GrpcCorrupt(MessageDamage.Flag), "/acme.Ledger/Post");

        var response = await Task.Run(() => ProtocolRegistry.Find("grpc")!.Step(
            new StepRequest("127.0.0.1", _relay.Port, "call", [new("method", "/acme.Ledger/Post"), new("raw", Array.Empty<byte>())]),
            TestContext.Current.CancellationToken));

        Assert.False(response.Success, response.Error);
        AssertEvent("action=corrupt protocol=grpc method=/acme.Ledger/Post kind=flag");
    }

    [Theory]
    [InlineData(MessageDamage.Flip)]
    [InlineData(MessageDamage.Truncate)]
    public async Task A_reply_without_content_has_nothing_to_damage(MessageDamage kind)
    {
        using var echo = await NodePeer.StartAsync("reflecting.js", "none");
        await using var relay = new RelayHarness("grpc", echo.Port);
        var rule = Assert.Single(relay.Open(Rule(new GrpcCorrupt(kind), "/acme.Ledger/Post")).Rules);

        Assert.True((await PostNothingAsync(relay)).Success);

        Assert.Equal((1, 0, 1), (rule.Matches, rule.Fired, rule.WithoutEffect));
        Assert.Empty(relay.Events("proxy"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Metadata_that_are_not_there_cannot_be_removed(bool onHead)
    {
        var rule = Fault(new GrpcMetadata(new FieldChange([], [], ["x-nowhere"]), onHead), "/acme.Ledger/Post");

        Assert.Equal(0, Code(await CallAsync("unary")));

        Assert.Equal((1, 0, 1), (rule.Matches, rule.Fired, rule.WithoutEffect));
        Assert.Empty(_relay.Events("proxy"));
    }

    [Fact]
    public async Task The_mark_of_a_compressed_reply_is_taken_away()
    {
        await using var zipped = await KestrelPeer.StartAsync(HttpProtocols.Http2, app => app.MapFallback(async context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-encoding"] = "gzip";
            await context.Response.Body.WriteAsync(new byte[] { 1, 0, 0, 0, 1, 42 });
            context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers["grpc-status"] = "0";
        }));
        await using var relay = new RelayHarness("grpc", zipped.Port);
        relay.Open(Rule(new GrpcCorrupt(MessageDamage.Flag), "*"));

        var response = await PostNothingAsync(relay);

        Assert.True(response.Success, response.Error);
        Assert.Equal([42], response.Body.ToArray());
        Assert.Single(relay.Events("proxy"));
    }

    [Fact]
    public async Task Other_calls_of_the_connection_go_on_and_lose_no_credit()
    {
        Fault(new GrpcCut(100, "CANCEL"), "/acme.Ledger/List");

        var lines = await NodePeer.RunAsync("client.js", [Port, .. Enumerable.Repeat("list", 30), "large", "chat"]);

        var seen = lines.Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        Assert.All(seen[..30], s => Assert.Equal((1, 100), (Code(s), s.GetProperty("numbers").GetArrayLength())));
        Assert.Equal(0, Code(seen[30]));
        Assert.Equal(1000, seen[31].GetProperty("numbers").GetArrayLength());
    }

    private static Task<StepResponse> PostNothingAsync(RelayHarness relay) => Task.Run(() => ProtocolRegistry.Find("grpc")!.Step(
        new StepRequest("127.0.0.1", relay.Port, "call", [new("method", "/acme.Ledger/Post"), new("raw", Array.Empty<byte>())]),
        TestContext.Current.CancellationToken));

    private string Port => _relay.Port.ToString(CultureInfo.InvariantCulture);

    private static int Code(JsonElement seen) => seen.GetProperty("code").GetInt32();

    private static string? Details(JsonElement seen) => seen.GetProperty("details").GetString();

    private static ProxyFault Rule(GrpcFault fault, string method) =>
        new() { Action = ProxyAction.Grpc, Grpc = fault, Matcher = new MessageMatcher { Method = new MessageGlob(method) } };

    private ActiveProxyRule Fault(GrpcFault fault, string method) => Assert.Single(_relay.Open(Rule(fault, method)).Rules);

    private void AssertEvent(string expected)
    {
        Assert.Single(_relay.Events("proxy"));
        Assert.Equal(expected, Text(0, expected.Split(' ').Length));
    }

    private string Text(int index, int fields) =>
        string.Join(' ', _relay.Events("proxy")[index].Fields.Take(fields).Select(f => $"{f.Name}={f.Value}"));

    private async Task<JsonElement> CallAsync(string name) =>
        JsonDocument.Parse(Assert.Single(await NodePeer.RunAsync("client.js", Port, name))).RootElement;
}
