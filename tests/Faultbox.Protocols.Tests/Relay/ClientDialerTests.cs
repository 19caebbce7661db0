using System.Net;
using System.Net.Sockets;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>How the clients of steps and probes connect.</summary>
public sealed class ClientDialerTests
{
    private const int Clients = 16;
    private const int MostDials = 3_000;

    [Fact]
    public async Task A_connection_that_is_reset_at_once_is_the_answer_and_no_further_address_is_tried()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        using var second = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        second.Bind(new IPEndPoint(IPAddress.IPv6Loopback, ((IPEndPoint)listener.LocalEndPoint!).Port));
        second.Listen();
        var resetting = new Thread(() =>
        {
            try
            {
                while (true)
                {
                    // The listener's way to end is inherited: with RST.
                    listener.Accept().Dispose();
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
            }
        })
        { IsBackground = true };
        resetting.Start();
        var (port, reset, dialed) = (((IPEndPoint)listener.LocalEndPoint!).Port, 0, 0);

        // Only some dials are so slow that the reset comes before their end; enough of them are made to meet several.
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (Volatile.Read(ref reset) < 20 && Interlocked.Increment(ref dialed) < MostDials)
            {
                try
                {
                    using var socket = await ClientDialer.DialAsync("localhost", port, TestContext.Current.CancellationToken);
                }
                catch (SocketException e)
                {
                    Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
                    Interlocked.Increment(ref reset);
                }
            }
        })));

        listener.Dispose();
        Assert.NotEqual(0, reset);
        Assert.False(second.Poll(0, SelectMode.SelectRead), "a further address was dialed after the first had accepted");
    }

    [Fact]
    public async Task The_second_address_of_a_loopback_name_serves_when_the_first_refuses()
    {
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();

        using var socket = await ClientDialer.DialAsync("localhost", ((IPEndPoint)listener.LocalEndPoint!).Port, TestContext.Current.CancellationToken);

        Assert.Equal(IPAddress.IPv6Loopback, ((IPEndPoint)socket.RemoteEndPoint!).Address);
    }
}
