using System.Net.Sockets;
using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>A client that resets its connection while a rule holds what it sent: the rule waits no longer, and the service never hears of it.</summary>
public sealed class DepartedClientTests
{
    private const string Request = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";

    /// <summary>Longer than the proxy is waited for: only an early end lets the test pass.</summary>
    private static readonly TimeSpan TooLong = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData("tcp", ProxyAction.Delay, DropMode.Default)]
    [InlineData("http", ProxyAction.Delay, DropMode.Default)]
    [InlineData("tcp", ProxyAction.Respond, DropMode.Default)]
    [InlineData("http", ProxyAction.Respond, DropMode.Default)]
    [InlineData("tcp", ProxyAction.Drop, DropMode.Blackhole)]
    [InlineData("http", ProxyAction.Drop, DropMode.Blackhole)]
    public void A_reset_ends_what_a_rule_holds(string protocol, ProxyAction action, DropMode mode)
    {
        using var service = new RecordingPeer(async (socket, peer) => await peer.ReceiveUntilAsync(socket, int.MaxValue));
        using var port = new ProxiedPort(protocol).To(service.Port);
        var rule = port.Open(new ProxyFault { Action = action, DropMode = mode, Delay = mode == DropMode.Default ? TooLong : TimeSpan.Zero }).Rules[0];
        using var client = port.Connect();
        client.Say(Request);
        Assert.True(SpinWait.SpinUntil(() => rule.Matches > 0, TimeSpan.FromSeconds(60)));
        client.LingerState = new LingerOption(true, 0);
        client.Close();

        Assert.Single(port.Events("proxy_conn_close", 1));
        Assert.Empty(service.Received);
    }

    /// <summary>A client that has only ended its own direction still listens.</summary>
    [Theory]
    [InlineData("tcp")]
    [InlineData("http")]
    public void An_end_in_order_ends_no_wait(string protocol)
    {
        using var service = new RecordingPeer(async (socket, peer) =>
        {
            await peer.ReceiveUntilAsync(socket, Request.Length);
            await socket.SendAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
        });
        using var port = new ProxiedPort(protocol).To(service.Port);
        port.Open(new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMilliseconds(300) });
        using var client = port.Connect();
        client.Say(Request);
        client.Shutdown(SocketShutdown.Send);

        Assert.StartsWith("HTTP/1.1 204", client.Text(), StringComparison.Ordinal);
        Assert.Equal(Request.Length, service.Count);
    }
}
