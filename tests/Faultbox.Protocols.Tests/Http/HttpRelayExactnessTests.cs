using System.Net;
using System.Net.Sockets;
using System.Text;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Http;

/// <summary>Recorded conversations pass byte for byte, however the bytes are cut, without a rule and with rules that cover nothing.</summary>
public sealed class HttpRelayExactnessTests
{
    private static readonly (string Request, string Answer)[] Conversation =
    [
        ("GET /a%2Fb/../c?q=%20 HTTP/1.1\r\nhOsT: up\r\nX-Dup: 1\r\nX-Dup: 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-LENGTH: 5\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nhello"),
        ("\r\nPOST /chunks HTTP/1.1\r\nHost: up\r\nTransfer-Encoding: gzip, chunked\r\nTrailer: X-Sum\r\n\r\n"
            + "5;ext=\"a;b\"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n"
            + "HTTP/1.1 201 \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0;last\r\nX-T: v\r\n\r\n"),
        ("HEAD /h HTTP/1.1\r\nHost: up\r\nX-Folded: one\r\n two\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"),
        ("GET /lf HTTP/1.1\nHost: up\n\n", "HTTP/1.1 204 No Content\nX: 1\n\n"),
        ("PUT /len HTTP/1.1\r\nHost: up\r\nContent-Length: 4\r\n\r\n\r\n\0\xff", "HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n"),
        ("OPTIONS * HTTP/1.1\r\nHost: up\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ("GET http://other/abs?x HTTP/1.1\r\nHost: other\r\n\r\n", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pipelined_conversation_passes_byte_for_byte_under_any_segmentation(bool withRules)
    {
        var requests = Bytes(string.Concat(Conversation.Select(c => c.Request)));
        var answers = Bytes(string.Concat(Conversation.Select(c => c.Answer)));
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            using var peer = new RecordingPeer(async (socket, self) =>
            {
                await self.ReceiveUntilAsync(socket, requests.Length);
                await SendInPiecesAsync(socket, answers, new Random(seed + 1));
                socket.Shutdown(SocketShutdown.Send);
            });
            await using var relay = new RelayHarness("http", peer.Port);
            if (withRules)
            {
                relay.Open(
                    new ProxyFault { Action = ProxyAction.Drop, Matcher = new MessageMatcher { Path = new MessageGlob("/other/*") } },
                    new ProxyFault { Action = ProxyAction.Error, Matcher = new MessageMatcher { Body = Bytes("nowhere") } });
            }

            using var client = await ConnectAsync(relay.Port);
            await SendInPiecesAsync(client, requests, random);
            var received = await ReceiveAllAsync(client);

            Assert.Equal(Text(requests), Text(peer.Received));
            Assert.Equal(Text(answers), Text(received));
            Assert.Empty(relay.Events("proxy"));
            Assert.Empty(relay.Events("proxy_parse_error"));
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: up\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc")]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\nabc")]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\nabc")]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc")]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc")]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n")]
    [InlineData("GET /\r\n\r\n")]
    [InlineData("\0\x01\x02\x03 binary\r\n\r\n more")]
    [InlineData("no line end at all")]
    public async Task What_is_no_unambiguous_HTTP_is_relayed_as_it_is_and_no_rule_touches_what_follows(string text)
    {
        var sent = Bytes(text);
        var answer = Bytes("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nwhatever");
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            while (await self.ReceiveUntilAsync(socket, int.MaxValue))
            {
            }

            await socket.SendAsync(answer);
        });
        await using var relay = new RelayHarness("http", peer.Port);
        relay.Open(new ProxyFault { Action = ProxyAction.Drop, Matcher = new MessageMatcher { Path = new MessageGlob("/x") } });

        using var client = await ConnectAsync(relay.Port);
        await client.SendAsync(sent);
        client.Shutdown(SocketShutdown.Send);
        var received = await ReceiveAllAsync(client);

        Assert.Equal(text, Text(peer.Received));
        Assert.Equal(Text(answer), Text(received));
        Assert.Empty(relay.Events("proxy"));
        Assert.Single(relay.Events("proxy_parse_error"));
    }

    [Fact]
    public async Task A_head_without_end_is_relayed_once_it_is_too_long_to_be_one()
    {
        var sent = Bytes("GET / HTTP/1.1\r\nX: " + new string('a', 300_000));
        using var peer = new RecordingPeer((socket, self) => self.ReceiveUntilAsync(socket, sent.Length));
        await using var relay = new RelayHarness("http", peer.Port);
        relay.Open(new ProxyFault { Action = ProxyAction.Drop });

        using var client = await ConnectAsync(relay.Port);
        await client.SendAsync(sent);
        await ReceiveAllAsync(client);

        Assert.Equal(sent.Length, peer.Received.Length);
        Assert.Single(relay.Events("proxy_parse_error"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upgraded_connection_is_a_tunnel_in_both_directions(bool withRules)
    {
        const string Upgrade = "GET /chat HTTP/1.1\r\nhOST: up\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        const string Agreed = "HTTP/1.1 101 Switching Protocols\r\nupGRADE: websocket\r\n\r\nGET /not HTTP/1.1\r\n\r\n";
        const string Inside = "GET /not HTTP/1.1\r\nHost: up\r\n\r\n\x81\x85\0\0\0\0hello";
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            await self.ReceiveUntilAsync(socket, Upgrade.Length);
            await socket.SendAsync(Bytes(Agreed));
            await self.ReceiveUntilAsync(socket, Upgrade.Length + Inside.Length);
            await socket.SendAsync(Bytes("bye"));
        });
        await using var relay = new RelayHarness("http", peer.Port);
        if (withRules)
        {
            relay.Open(new ProxyFault { Action = ProxyAction.Drop, Matcher = new MessageMatcher { Path = new MessageGlob("/not*") } });
        }

        using var client = await ConnectAsync(relay.Port);
        await client.SendAsync(Bytes(Upgrade));
        var agreed = await ReceiveAtLeastAsync(client, Agreed.Length);
        await client.SendAsync(Bytes(Inside));

        Assert.Equal(Agreed + "bye", Text([.. agreed, .. await ReceiveAllAsync(client)]));
        Assert.Equal(Upgrade + Inside, Text(peer.Received));
        Assert.Empty(relay.Events("proxy"));
        Assert.Empty(relay.Events("proxy_parse_error"));
    }

    [Fact]
    public async Task A_refused_upgrade_leaves_an_ordinary_connection()
    {
        var upgrade = "GET /chat HTTP/1.1\r\nHost: up\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            await self.ReceiveUntilAsync(socket, upgrade.Length);
            await socket.SendAsync(Bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
            await self.ReceiveUntilAsync(socket, int.MaxValue);
        });
        await using var relay = new RelayHarness("http", peer.Port);
        relay.Open(new ProxyFault { Action = ProxyAction.Respond, Status = "418", Matcher = new MessageMatcher { Path = new MessageGlob("/next") } });

        using var client = await ConnectAsync(relay.Port);
        await client.SendAsync(Bytes(upgrade + "GET /next HTTP/1.1\r\nHost: up\r\nConnection: close\r\n\r\n"));

        Assert.StartsWith("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 418 ", Text(await ReceiveAllAsync(client)), StringComparison.Ordinal);
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    private static async Task SendInPiecesAsync(Socket socket, byte[] bytes, Random random)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var count = Math.Min(bytes.Length - at, random.Next(4) == 0 ? random.Next(1, 200) : random.Next(1, 7));
            await socket.SendAsync(bytes.AsMemory(at, count));
            at += count;
            if (random.Next(6) == 0)
            {
                await Task.Yield();
            }
        }
    }

    private static async Task<byte[]> ReceiveAtLeastAsync(Socket socket, int total)
    {
        var received = new List<byte>();
        var buffer = new byte[16 * 1024];
        while (received.Count < total)
        {
            var count = await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(20));
            if (count == 0)
            {
                break;
            }

            received.AddRange(buffer.AsSpan(0, count));
        }

        return [.. received];
    }

    private static Task<byte[]> ReceiveAllAsync(Socket socket) => ReceiveAtLeastAsync(socket, int.MaxValue);
}
