using System.Net.Sockets;
using Faultbox.Protocols.Polling;
using Faultbox.Protocols.Udp.Proxy;

namespace Faultbox.Protocols.Tests.Udp;

/// <summary>A datagram that finds a buffer full is lost, and counted. Datagrams on unix sockets are refused so as soon as their receiver reads none (unix(7)).</summary>
public sealed class FullBufferTests : IDisposable
{
    private const int Sent = 2000;
    private readonly string _directory = Directory.CreateTempSubdirectory("faultbox-udp-").FullName;
    private readonly Socket _receiver = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public void Dispose()
    {
        _receiver.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void What_the_socket_does_not_take_is_told()
    {
        var address = new UnixDomainSocketEndPoint(Path.Combine(_directory, "receiver"));
        _receiver.Bind(address);
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Connect(address);
        using var sender = new PolledDatagrams(socket, EventLoop.Next, _ => { });
        var counter = new FlowCounter();

        for (var i = 0; i < Sent; i++)
        {
            var isSent = sender.Send("abc"u8);
            counter.Add(isSent ? 0 : 1, isSent ? 1 : 0, isSent ? 3 : 0);
        }

        var arrived = 0;
        for (var buffer = new byte[3]; _receiver.Available > 0; arrived++)
        {
            _receiver.Receive(buffer);
        }

        Assert.InRange(arrived, 1, Sent - 1);
        Assert.Equal((arrived, 3L * arrived, Sent - arrived), (counter.Datagrams, counter.Bytes, counter.Lost));
        Assert.True(sender.Send("abc"u8));
    }
}
