using System.Net;
using System.Net.Sockets;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>How the clients of steps and probes connect.</summary>
public sealed class ClientDialerTests
{
    private const int Dials = 200;

    [Fact]
    public async Task A_connection_that_is_reset_at_once_is_never_taken_for_a_refused_one()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(Dials);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        var accepted = 0;
        var resetting = new Thread(() =>
        {
            for (; accepted < Dials; accepted++)
            {
                using var connection = listener.Accept();
                connection.LingerState = new LingerOption(true, 0);
            }
        })
        { IsBackground = true };
        resetting.Start();

        for (var i = 0; i < Dials; i++)
        {
            try
            {
                using var socket = await ClientDialer.DialAsync("localhost", port, TestContext.Current.CancellationToken);
            }
            catch (SocketException e)
            {
                Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
            }
        }

        Assert.True(resetting.Join(TimeSpan.FromSeconds(30)), $"only {accepted} of {Dials} dials reached the listener");
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
