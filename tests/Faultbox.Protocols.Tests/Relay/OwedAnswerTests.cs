using Faultbox.Protocols.Tests.Hostile;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>A service that has a request and says nothing is told of; a connection that waits for its next request is idle.</summary>
public sealed class OwedAnswerTests
{
    [Fact]
    public void A_service_that_does_not_answer_is_a_stall_and_an_idle_connection_is_none()
    {
        using var service = new RecordingPeer(async (socket, peer) =>
        {
            while (await peer.ReceiveUntilAsync(socket, peer.Count + 1))
            {
                if (peer.Received.AsSpan().IndexOf("/idle"u8) >= 0)
                {
                    await socket.SendAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
                    break;
                }
            }

            await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
        });
        using var port = new ProxiedPort("http").To(service.Port);
        using var silent = port.Connect();
        silent.Say("GET /silent HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.True(SpinWait.SpinUntil(() => service.Count > 0, TimeSpan.FromSeconds(60)));
        using var idle = port.Connect();
        idle.Say("GET /idle HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Contains("204", idle.Text(), StringComparison.Ordinal);

        var stall = Assert.Single(port.Events("proxy_stall", 1));

        var first = port.Events("proxy_conn_open", 2)[0].Field("conn_id");
        Assert.Equal(("server_to_client", "command", "0", first), (stall.Field("direction"), stall.Field("phase"), stall.Field("pending_bytes"), stall.Field("conn_id")));
    }

    [Fact]
    public async Task A_stream_of_http2_that_is_not_answered_is_a_stall()
    {
        using var service = new RecordingPeer(async (socket, peer) => await peer.ReceiveUntilAsync(socket, int.MaxValue));
        using var port = new ProxiedPort("http2").To(service.Port);
        using var client = await FrameClient.ConnectAsync(port.Proxy.PortOf(""));
        await client.SendAsync(FrameClient.Request(1, "/silent"));

        Assert.Equal("server_to_client", Assert.Single(port.Events("proxy_stall", 1)).Field("direction"));
    }
}
