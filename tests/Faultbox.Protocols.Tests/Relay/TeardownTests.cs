using System.Globalization;
using Faultbox.Protocols.Tests.Grpc;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>
/// A proxy ends with everything in flight: it resets its connections and no relay outlives them. Only relays that have not recorded their
/// end can be abandoned, so that <c>proxy_stop_timeout</c> cannot come any more once all have.
/// </summary>
[Trait("Category", "Slow")]
public sealed class TeardownTests
{
    private const int Many = 1000;

    [Fact]
    public async Task Item_30_a_thousand_open_streams_end_with_their_proxy()
    {
        using var service = await NodePeer.StartAsync("server.js");
        using var port = new ProxiedPort("grpc").To(service.Port);
        using var crowd = NodePeer.Start("crowd.js", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port.Proxy.PortOf("")}"), $"{Many}");
        await crowd.SaidAsync("open");

        port.Proxy.Orphan();

        await crowd.SaidAsync($"{Many} with 14");
        AssertEnded(port, connections: 1);
    }

    [Fact]
    public void A_thousand_open_connections_end_with_their_proxy()
    {
        using var peer = new RecordingPeer(async (socket, _) =>
        {
            while (await socket.ReceiveAsync(new byte[1]) > 0)
            {
                await socket.SendAsync("y"u8.ToArray());
            }
        });
        using var port = new ProxiedPort().To(peer.Port);
        var clients = Enumerable.Range(0, Many).Select(_ => port.Connect()).ToList();
        clients.ForEach(c => c.Say("x"));
        clients.ForEach(c => Assert.Equal("y", c.Text()));

        port.Proxy.Orphan();

        Assert.All(clients, c => Assert.True(c.IsReset()));
        AssertEnded(port, Many);
        clients.ForEach(c => c.Dispose());
    }

    private static void AssertEnded(ProxiedPort port, int connections)
    {
        Assert.Equal(connections, port.Events("proxy_conn_close", connections).Count);
        Assert.Empty(port.Log.OfType("proxy_stop_timeout"));
    }
}
