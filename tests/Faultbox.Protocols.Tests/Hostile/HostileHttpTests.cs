using System.Net.Sockets;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Hostile;

/// <summary>
/// HTTP/1.1 that two readers can understand in two ways, that does not end or that is too much. The proxy relays it byte for byte, says
/// so, and lets no rule act on what follows; a rule of this class covers the request that each case tries to smuggle.
/// </summary>
[Collection(nameof(Alone))]
public sealed class HostileHttpTests : IAsyncDisposable
{
    private const string Smuggled = "GET /smuggled HTTP/1.1\r\nHost: up\r\n\r\n";
    private readonly RecordingPeer _peer = new(AnswerAsync);
    private readonly ProxyFixture _proxy;

    public HostileHttpTests()
    {
        _proxy = new ProxyFixture("http", _peer.Port);
        _proxy.Open(
            new ProxyFault { Action = ProxyAction.Respond, Status = "418", Matcher = new MessageMatcher { Path = new MessageGlob("/smuggled") } },
            new ProxyFault { Action = ProxyAction.Error, Matcher = new MessageMatcher { Body = "nowhere"u8.ToArray() } });
    }

    public static TheoryData<string, string> Ambiguous { get; } = new()
    {
        { "length and chunks", "POST / HTTP/1.1\r\nHost: up\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "chunks and length", "POST / HTTP/1.1\r\nHost: up\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" },
        { "two lengths", "POST / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 38\r\n\r\n" },
        { "a list of lengths", "POST / HTTP/1.1\r\nContent-Length: 0, 0\r\n\r\n" },
        { "a length with a sign", "POST / HTTP/1.1\r\nContent-Length: +0\r\n\r\n" },
        { "a negative length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n" },
        { "a hexadecimal length", "POST / HTTP/1.1\r\nContent-Length: 0x0\r\n\r\n" },
        { "a length beyond 64 bits", "POST / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n" },
        { "an empty length", "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n" },
        { "a coding that only contains the word", "POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" },
        { "a coding in quotes", "POST / HTTP/1.1\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" },
        { "a coding after a vertical tab", "POST / HTTP/1.1\r\nTransfer-Encoding: \x0b" + "chunked\r\n\r\n0\r\n\r\n" },
        { "a coding with a parameter", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n" },
        { "a coding after chunked", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" },
        { "chunked twice", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" },
        { "chunked in two fields", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "a second field that takes it back", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" },
        { "chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "a space before the colon", "POST / HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" },
        { "a tab before the colon", "POST / HTTP/1.1\r\nContent-Length\t: 0\r\n\r\n" },
        { "a folded coding", "POST / HTTP/1.1\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" },
        { "a folded length", "POST / HTTP/1.1\r\nContent-Length: 1\r\n 2\r\n\r\n" },
        { "a coding hidden in a fold", "POST / HTTP/1.1\r\nX: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "a fold after the request line", "POST / HTTP/1.1\r\n Host: up\r\n\r\n" },
        { "a field without colon", "POST / HTTP/1.1\r\nTransfer-Encoding\r\n\r\n" },
        { "a field without name", "POST / HTTP/1.1\r\n: chunked\r\n\r\n" },
        { "a name that is no token", "POST / HTTP/1.1\r\nX[]: 1\r\n\r\n" },
        { "NUL in a value", "POST / HTTP/1.1\r\nX: a\0b\r\n\r\n" },
        { "NUL in a name", "POST / HTTP/1.1\r\nContent-Length\0: 0\r\n\r\n" },
        { "a bare CR in a value", "POST / HTTP/1.1\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n" },
        { "CR before CRLF", "POST / HTTP/1.1\r\nX: a\r\r\n\r\n" },
        { "a space in the target", "GET /a /b HTTP/1.1\r\nHost: up\r\n\r\n" },
        { "NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: up\r\n\r\n" },
        { "a method that is no token", "G(T / HTTP/1.1\r\nHost: up\r\n\r\n" },
        { "a longer version", "GET / HTTP/1.11\r\nHost: up\r\n\r\n" },
        { "another version", "GET / HTTP/2.0\r\nHost: up\r\n\r\n" },
        { "no version", "GET /\r\n\r\n" },
        { "a chunk size beyond 60 bits", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1000000000000000\r\n" },
        { "a chunk size of all ones", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n" },
        { "a negative chunk size", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" },
        { "a chunk size with a prefix", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" },
        { "a chunk size after a space", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n 0\r\n\r\n" },
        { "no chunk size", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n;a=b\r\n\r\n" },
        { "a bare CR after a chunk size", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\rX\r\n\r\n" },
        { "a bare CR in a chunk extension", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0;a\rb\r\n\r\n" },
        { "a chunk longer than its size", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n" },
        { "a bare CR in a trailer", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a\rb\r\n\r\n" },
        { "a bare CR in place of the last line", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\rX\r\n" },
        { "a megabyte without a line", new string('a', 1 << 20) + "\r\n\r\n" },
        { "a head of a megabyte", "GET / HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat("X-Field: some value\r\n", 50_000)) + "\r\n" },
        { "TLS where there is none", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 and so on\n\n" },
        { "the wrong preface", "PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Ambiguous))]
    public async Task What_readers_may_understand_differently_is_relayed_and_no_rule_meets_what_it_hides(string shape, string opening)
    {
        using var other = await ServedAsync();
        var sent = Hostility.Bytes(opening + Smuggled);
        var already = _peer.Count;
        using var client = await Hostility.ConnectAsync(_proxy.Port);
        await client.PourAsync(sent);
        client.Shutdown(SocketShutdown.Send);
        await client.DrainAsync();

        Assert.Equal(Hostility.Text(sent), Hostility.Text(_peer.Received[already..]));
        Assert.Empty(_proxy.Events("proxy"));
        var said = Assert.Single(_proxy.Events("proxy_parse_error"));
        Assert.True(said.Fields.Any(f => f.Name == "reason" && f.Value.Length > 0), shape);
        await AskAsync(other);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Bodies_trailers_and_extensions_without_end_take_no_memory()
    {
        string[] openings =
        [
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
            "POST / HTTP/1.1\r\nContent-Length: 9223372036854775807\r\n\r\n",
            "GET / HTTP/1.1\r\nX: ",
            "\r\n",
        ];
        var before = Footprint.Now;
        var piece = Hostility.Bytes(new string('a', 64 * 1024));
        var clients = new List<Socket>();
        foreach (var opening in openings)
        {
            var client = await Hostility.ConnectAsync(_proxy.Port);
            clients.Add(client);
            await client.PourAsync(Hostility.Bytes(opening));
            for (var i = 0; i < 1000; i++)
            {
                await client.PourAsync(piece);
            }
        }

        var held = GC.GetTotalMemory(forceFullCollection: true) - before.Heap;
        Assert.True(held < 24 << 20, $"{held} bytes are held for 5 connections");
        using var other = await ServedAsync();
        clients.ForEach(c => c.Dispose());
        Assert.Empty(_proxy.Events("proxy"));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_million_requests_that_nobody_answers_are_followed_up_to_a_bound()
    {
        using var silent = new RecordingPeer(async (socket, _) =>
        {
            while (await socket.ReceiveAsync(new byte[64 * 1024]) > 0)
            {
            }
        });
        using var proxy = new ProxyFixture("http", silent.Port);
        proxy.Open(new ProxyFault { Action = ProxyAction.Drop, Matcher = new MessageMatcher { Path = new MessageGlob("/smuggled") } });
        var before = Footprint.Now;
        using (var client = await Hostility.ConnectAsync(proxy.Port))
        {
            var piece = Hostility.Bytes(string.Concat(Enumerable.Repeat("GET / HTTP/1.1\n\n", 1000)));
            for (var i = 0; i < 1000; i++)
            {
                await client.PourAsync(piece);
            }

            await client.PourAsync(Hostility.Bytes(Smuggled));
            await proxy.EventAsync("proxy_parse_error");
            Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before.Heap < 8 << 20);
        }

        before.AssertRegained();
        Assert.Empty(proxy.Events("proxy"));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Hundreds_of_clients_that_say_a_byte_at_a_time_hold_up_nobody()
    {
        const int Clients = 400;
        var before = Footprint.Now;
        var clients = new List<Socket>();
        for (var i = 0; i < Clients; i++)
        {
            clients.Add(await Hostility.ConnectAsync(_proxy.Port));
        }

        foreach (var octet in Hostility.Bytes("GET /slow HTTP/1.1\r\nX: "))
        {
            foreach (var client in clients)
            {
                await client.PourAsync(new[] { octet });
            }
        }

        using (await ServedAsync())
        {
            Assert.Empty(_proxy.Events("proxy_parse_error"));
        }

        await clients[0].PourAsync(Hostility.Bytes("1\r\n\r\n"));
        Assert.Contains("/slow", await clients[0].UntilAsync("/slow"), StringComparison.Ordinal);
        clients.ForEach(c => c.Dispose());
        before.AssertRegained();
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nq\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("220 mail.example ready\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nX: nobody asked\r\n\r\n")]
    public async Task An_answer_that_is_none_reaches_the_client_as_it_is(string answer)
    {
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            await self.ReceiveUntilAsync(socket, 10);
            await socket.SendAsync(Hostility.Bytes(answer));
        });
        using var proxy = new ProxyFixture("http", peer.Port);
        proxy.Open(new ProxyFault { Action = ProxyAction.Error, Matcher = new MessageMatcher { Path = new MessageGlob("/other") } });
        using var client = await Hostility.ConnectAsync(proxy.Port);
        await client.PourAsync(Hostility.Bytes("GET / HTTP/1.1\r\nHost: up\r\n\r\n"));

        Assert.Equal(answer, Hostility.Text(await client.DrainAsync()));
        Assert.Single(proxy.Events("proxy_parse_error"));
    }

    [Fact]
    public async Task Random_damage_to_a_conversation_never_ends_the_proxy()
    {
        var text = Hostility.Bytes(
            "POST /a HTTP/1.1\r\nHost: up\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n3;e=1\r\nabc\r\n0\r\nX: 1\r\n\r\n"
            + "GET /b HTTP/1.1\r\nHost: up\r\nConnection: close\r\n\r\n");
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var damaged = text.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                damaged[random.Next(damaged.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : "\r\n\0 :,;0"u8[random.Next(8)];
            }

            var already = _peer.Count;
            using var client = await Hostility.ConnectAsync(_proxy.Port);
            await client.PourAsync(damaged);
            client.Shutdown(SocketShutdown.Send);
            await client.DrainAsync();
            Assert.Equal(Hostility.Text(damaged), Hostility.Text(_peer.Received[already..]));
        }

        Assert.Empty(_proxy.Events("proxy"));
        using var other = await ServedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _proxy.Dispose();
        _peer.Dispose();
        await Task.CompletedTask;
    }

    /// <summary>Keeps what arrives and answers every head with its path, whatever is around it.</summary>
    private static async Task AnswerAsync(Socket socket, RecordingPeer self)
    {
        var buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer) is > 0 and var count)
        {
            var text = Hostility.Text(buffer[..count]);
            if (self.Count < 4 << 20)
            {
                self.Record(buffer.AsSpan(0, count));
            }

            if (text.StartsWith("GET /well", StringComparison.Ordinal) || text.EndsWith("1\r\n\r\n", StringComparison.Ordinal))
            {
                await socket.SendAsync(Hostility.Bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n/slow"));
            }
        }
    }

    /// <summary>A well-behaved client whose connection works.</summary>
    private async Task<Socket> ServedAsync()
    {
        var client = await Hostility.ConnectAsync(_proxy.Port);
        await AskAsync(client);
        return client;
    }

    private static async Task AskAsync(Socket client)
    {
        await client.PourAsync(Hostility.Bytes("GET /well HTTP/1.1\r\nHost: up\r\n\r\n"));
        Assert.Contains("200 OK", await client.UntilAsync("/slow"), StringComparison.Ordinal);
    }
}
