using System.Globalization;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Tests.Hostile;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Grpc;

/// <summary>A service that ends while it owes answers on open streams.</summary>
public sealed class DeadServiceTests
{
    [Theory]
    [InlineData("grpc")]
    [InlineData("http2")]
    [Trait("Category", "Slow")]
    public async Task Callers_of_a_killed_service_see_what_they_see_without_a_proxy(string protocol)
    {
        using var first = await NodePeer.StartAsync("server.js");
        var direct = await EndsAsync(first.Port, first.Pid);
        using var second = await NodePeer.StartAsync("server.js");
        using var proxy = new ProxyFixture(protocol, second.Port);

        Assert.Equal(direct, await EndsAsync(proxy.Port, second.Pid));

        Assert.Equal(4, direct.Length);
        var error = Assert.Single(proxy.Events("proxy_upstream_error"), e => e.Field("phase") != "dial");
        Assert.Equal("body", error.Field("phase"));
    }

    [Fact]
    public async Task A_request_that_got_nothing_is_owed_a_response()
    {
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            await socket.SendAllAsync(FrameClient.Frame(FrameType.Settings, FrameFlags.None, 0));
            await self.ReceiveUntilAsync(socket, FrameClient.Preface.Length + FrameClient.Request(1, "/").Length);
            socket.Close();
        });
        using var proxy = new ProxyFixture("http2", peer.Port);
        using var client = await FrameClient.ConnectAsync(proxy.Port, withPreface: false);

        await client.SendAsync(FrameClient.Preface, FrameClient.Request(1, "/"));
        await client.DrainAsync();

        Assert.Equal("response", Assert.Single(proxy.Events("proxy_upstream_error")).Field("phase"));
    }

    private static async Task<string[]> EndsAsync(int port, int pid) =>
        [.. (await NodePeer.RunAsync("bereaved.js", Text(port), Text(pid))).Order(StringComparer.Ordinal)];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
