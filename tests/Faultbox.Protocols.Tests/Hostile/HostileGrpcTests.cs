using System.Globalization;
using System.Text.Json;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Tests.Grpc;
using Faultbox.Protocols.Tests.Relay;
using static Faultbox.Protocols.Tests.Hostile.FrameClient;

namespace Faultbox.Protocols.Tests.Hostile;

/// <summary>Messages that break the framing of gRPC, in front of a service of another implementation: it judges them, and no rule on bodies acts.</summary>
[Collection(nameof(Alone))]
public sealed class HostileGrpcTests : IAsyncLifetime
{
    private static readonly HeaderField Trailers = new("te", "trailers");
    private static readonly HeaderField Grpc = new("content-type", "application/grpc");
    private NodePeer _service = null!;
    private ProxyFixture _proxy = null!;

    /// <summary>Name, body, and whether the proxy says that it is no message.</summary>
    public static TheoryData<string, byte[], bool> Messages { get; } = new()
    {
        { "a prefix that is cut", [0, 0, 0], true },
        { "a message shorter than announced", [0, 0, 0, 0, 9, .. "\n\u0006secret"u8], true },
        { "a message of 4 GiB", [0, 255, 255, 255, 255, .. "\n\u0006secret"u8], true },
        { "compressed without encoding", [1, 0, 0, 0, 8, .. "\n\u0006secret"u8], true },
        { "an unknown flag", [7, 0, 0, 0, 8, .. "\n\u0006secret"u8], true },
        { "more after the message", [0, 0, 0, 0, 3, .. "\n\u0001a"u8, 0, 0, 0], false },
        { "no message", [], false },
    };

    public async ValueTask InitializeAsync()
    {
        _service = await NodePeer.StartAsync("server.js");
        _proxy = new ProxyFixture("grpc", _service.Port);
        _proxy.Open(new ProxyFault
        {
            Action = ProxyAction.Error,
            Status = "5",
            Matcher = new MessageMatcher { Method = new MessageGlob("/acme.Ledger/Post"), Body = "secret"u8.ToArray() },
        });
    }

    public ValueTask DisposeAsync()
    {
        _proxy.Dispose();
        _service.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Messages))]
    [Trait("Category", "Slow")]
    public async Task A_broken_message_is_judged_by_the_service(string shape, byte[] body, bool isSaid)
    {
        var direct = await OutcomeAsync(_service.Port, body);
        var relayed = await OutcomeAsync(_proxy.Port, body);

        Assert.True(direct == relayed, $"{shape}: {direct} direct, {relayed} through the proxy");
        Assert.Empty(_proxy.Events("proxy"));
        Assert.Equal(isSaid ? 1 : 0, _proxy.Events("proxy_parse_error").Count);

        var line = Assert.Single(await NodePeer.RunAsync("client.js", _proxy.Port.ToString(CultureInfo.InvariantCulture), "unary"));
        Assert.Equal(0, JsonDocument.Parse(line).RootElement.GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_whole_message_meets_the_rule_that_broken_ones_do_not()
    {
        await OutcomeAsync(_proxy.Port, [0, 0, 0, 0, 8, .. "\n\u0006secret"u8]);

        Assert.Equal("NotFound", Assert.Single(_proxy.Events("proxy")).Field("code"));
    }

    /// <summary>How a call with a body ends: its last frame and what it says of the status.</summary>
    private static async Task<string> OutcomeAsync(int port, byte[] body)
    {
        using var client = await ConnectAsync(port);
        await client.SendAsync(
            Request(1, "/acme.Ledger/Post", ends: false, "POST", Trailers, Grpc),
            FramePayload.Data(1, endStream: true, body));
        var end = default(FrameHeader);
        var payload = await client.UntilAsync(h =>
        {
            end = h;
            return h.Type is FrameType.GoAway || (h.StreamId == 1 && (h.Type == FrameType.ResetStream || h.Has(FrameFlags.EndStream)));
        });
        return end.Type == FrameType.Headers ? "an answer" : $"{end.Type} {Convert.ToHexString(payload)}";
    }
}
