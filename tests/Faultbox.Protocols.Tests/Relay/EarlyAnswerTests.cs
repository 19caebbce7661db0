using System.Net;
using System.Net.Sockets;
using System.Text;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Tests.Hostile;

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
        using var peer = new RecordingPeer(AnswerEarlyAsync);
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

    /// <summary>Longer than a reset connection is kept for a client that takes nothing.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task An_answer_that_a_rule_delays_arrives_though_the_service_has_reset_the_upload()
    {
        using var peer = new RecordingPeer(AnswerEarlyAsync);
        using var port = new ProxiedPort("http").To(peer.Port);
        port.Open(new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromSeconds(3), OnResponse = true });
        using var client = port.Connect();
        var isResetToWriter = SendUntilResetAsync(client);

        Assert.Equal(Answer, await ReceiveAsync(client, Answer.Length));
        Assert.True(await isResetToWriter.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
    }

    public static TheoryData<string, ProxyFault, string> HeldHeads => new()
    {
        { "HTTP/1.1 200 OK\r\nContent-Len", new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMilliseconds(10), OnResponse = true }, "response" },
        { "HTTP/1.1 200 OK\r\nContent-Len", new ProxyFault { Action = ProxyAction.Http, Http = new HttpOtherStatus(500) }, "response" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart", new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMilliseconds(10), OnResponse = true }, "body" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", new ProxyFault { Action = ProxyAction.Http, Http = new HttpReplay(2) }, "replay" },
    };

    /// <summary>What came before a reset reaches the client as it is when no rule could act on it, and the reset follows.</summary>
    [Theory]
    [MemberData(nameof(HeldHeads))]
    public async Task What_a_rule_holds_back_arrives_before_the_reset_of_the_service(string said, ProxyFault fault, string phase)
    {
        var request = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: up\r\n\r\n");
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            await self.ReceiveUntilAsync(socket, request.Length);
            await socket.SendAllAsync(Encoding.ASCII.GetBytes(said));
            if (fault.Http is HttpReplay)
            {
                await self.ReceiveUntilAsync(socket, 2 * request.Length);
            }

            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        });
        using var port = new ProxiedPort("http").To(peer.Port);
        port.Open(fault);
        using var client = port.Connect();
        await client.SendAllAsync(request);

        Assert.Equal(said, Encoding.ASCII.GetString(await ReceiveAsync(client, said.Length)));
        Assert.True(client.IsReset());
        Assert.Equal(phase, Assert.Single(port.Events("proxy_upstream_error", 1)).Field("phase"));
    }

    public static TheoryData<string, bool> Ends => new()
    {
        { "http", false },
        { "http", true },
        { "http2", false },
        { "http2", true },
    };

    /// <summary>The process of the service is known to be dead, or not.</summary>
    [Theory]
    [MemberData(nameof(Ends))]
    [Trait("Category", "Slow")]
    public async Task An_answer_that_a_rule_delays_arrives_after_the_end_of_its_service(string protocol, bool isKnown)
    {
        byte[] request = protocol == "http" ? [.. "GET / HTTP/1.1\r\nHost: up\r\n\r\n"u8] : [.. FrameClient.Preface, .. FrameClient.Request(1, "/")];
        byte[] settings = FrameClient.Frame(FrameType.Settings, FrameFlags.None, 0);
        byte[] answer = protocol == "http" ? [.. "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8]
            : [.. FramePayload.HeaderFrames(FrameType.Headers, 1, false, HpackEncoder.Encode([new(":status", "200")]), 16_384), .. FrameClient.Frame(FrameType.Data, FrameFlags.EndStream, 1, "ok"u8)];
        byte[] said = protocol == "http" ? answer : [.. settings, .. answer];
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            await self.ReceiveUntilAsync(socket, request.Length);
            await socket.SendAllAsync(said);
            socket.Close();
        });
        using var port = new ProxiedPort(protocol).To(peer.Port);
        port.Open(new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromSeconds(1.5), OnResponse = true });
        using var client = port.Connect();
        await client.SendAllAsync(request);
        port.Events("proxy", 1);
        if (isKnown)
        {
            port.Proxy.Orphan(hasDied: true);
        }

        Assert.Equal(Convert.ToHexString(said), Convert.ToHexString(await ReceiveAsync(client, said.Length)));
        Assert.Empty(port.Events("proxy_upstream_error", 0));
    }

    [Fact]
    public async Task A_test_that_ends_does_not_wait_for_an_answer_that_a_rule_delays()
    {
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            await self.ReceiveUntilAsync(socket, 1);
            await socket.SendAllAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
            socket.Close();
        });
        using var port = new ProxiedPort("http").To(peer.Port);
        port.Open(new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromHours(1), OnResponse = true });
        using var client = port.Connect();
        client.Say("GET / HTTP/1.1\r\nHost: up\r\n\r\n");
        port.Events("proxy", 1);
        port.Proxy.Orphan(hasDied: true);

        port.Proxy.Orphan();

        Assert.True(client.IsReset());
        Assert.Equal("context_cancel", Assert.Single(port.Events("proxy_conn_close", 1)).Field("reason"));
    }

    /// <summary>The service fills every buffer toward a client that reads nothing, and resets.</summary>
    [Theory]
    [InlineData("tcp")]
    [InlineData("http")]
    [InlineData("http2")]
    [Trait("Category", "Slow")]
    public async Task A_client_that_reads_nothing_does_not_keep_a_reset_connection(string protocol)
    {
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            await self.ReceiveUntilAsync(socket, 1);
            socket.SendTimeout = 500;
            await Task.Run(() => Fill(socket, protocol));
            while (socket.Available == 0)
            {
                await Task.Yield();
            }

            socket.Close();
        });
        using var port = new ProxiedPort(protocol).To(peer.Port);
        using var client = port.Connect();
        if (protocol == "http2")
        {
            await client.SendAllAsync(FrameClient.Preface);
            await client.SendAllAsync(FrameClient.Request(1, "/", ends: false, method: "POST"));
            Assert.True(await SendUntilResetAsync(client, [], FrameClient.Frame((FrameType)0x42, FrameFlags.None, 0, new byte[1000])));
        }
        else
        {
            Assert.True(await SendUntilResetAsync(client));
        }

        Assert.Equal("io_error", Assert.Single(port.Events("proxy_conn_close", 1)).Field("reason"));
    }

    /// <summary>Answers a head, and closes with bytes of the body unread.</summary>
    private static async Task AnswerEarlyAsync(Socket socket, RecordingPeer peer)
    {
        await socket.ReceiveAsync(new byte[Head.Length]);
        await socket.SendAllAsync(Answer);
        while (socket.Available == 0)
        {
            await Task.Yield();
        }

        socket.Close();
    }

    /// <summary>Says what the protocol allows to be of any length, until nothing more is taken.</summary>
    private static void Fill(Socket socket, string protocol)
    {
        byte[] opening = protocol == "http2" ? FrameClient.Frame(FrameType.Settings, FrameFlags.None, 0) : [.. "HTTP/1.1 200 OK\r\n\r\n"u8];
        var piece = protocol == "http2" ? FrameClient.Frame((FrameType)0x42, FrameFlags.None, 0, new byte[16_000]) : new byte[16_000];
        try
        {
            for (var next = opening; ; next = piece)
            {
                socket.Send(next);
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
        }
    }

    /// <summary>Uploads until the connection fails; true when it was reset.</summary>
    private static Task<bool> SendUntilResetAsync(Socket client) => SendUntilResetAsync(client, Head, new byte[1000]);

    private static async Task<bool> SendUntilResetAsync(Socket client, byte[] opening, byte[] piece)
    {
        try
        {
            await client.SendAllAsync(opening);
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
