using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>
/// A service that answers before it has read everything and closes, so that its kernel sends RST after the answer: the client reads the
/// answer, as it does without the proxy, and then finds the connection reset.
/// </summary>
public sealed class EarlyAnswerTests
{
    private const int Rounds = 300;

    private static readonly byte[] Head = Encoding.ASCII.GetBytes("POST /up HTTP/1.1\r\nHost: up\r\nContent-Length: 100000000\r\n\r\n");
    private static readonly byte[] Answer =
        [.. "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3000\r\n\r\n"u8, .. Enumerable.Repeat((byte)'n', 3000)];

    [Theory]
    [InlineData(null)]
    [InlineData("tcp")]
    [InlineData("http")]
    [Trait("Category", "Slow")]
    public async Task What_a_service_sent_before_its_reset_arrives(string? protocol)
    {
        using var peer = new RecordingPeer(async (socket, _) =>
        {
            await socket.ReceiveAsync(new byte[Head.Length]);
            await socket.SendAllAsync(Answer);
            while (socket.Available == 0)
            {
                await Task.Yield();
            }

            // Closed with bytes unread.
            socket.Close();
        });
        using var port = protocol is null ? null : new ProxiedPort(protocol).To(peer.Port);
        for (var round = 0; round < Rounds; round++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await client.ConnectAsync(IPAddress.Loopback, port?.Proxy.PortOf("") ?? peer.Port, TestContext.Current.CancellationToken);
            var isResetToWriter = SendUntilResetAsync(client);

            Assert.Equal(Answer, await ReceiveAsync(client, Answer.Length));
            Assert.True(await isResetToWriter.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        }
    }

    /// <summary>Uploads until the connection fails; true when it was reset.</summary>
    private static async Task<bool> SendUntilResetAsync(Socket client)
    {
        var piece = new byte[1000];
        try
        {
            await client.SendAllAsync(Head);
            while (true)
            {
                await client.SendAllAsync(piece);
            }
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown;
        }
    }

    private static async Task<byte[]> ReceiveAsync(Socket client, int count)
    {
        var received = new byte[count];
        var length = 0;
        try
        {
            while (length < count && await client.ReceiveAsync(received.AsMemory(length)) is > 0 and var more)
            {
                length += more;
            }
        }
        catch (SocketException)
        {
            // What came before it is what counts.
        }

        return received[..length];
    }
}
