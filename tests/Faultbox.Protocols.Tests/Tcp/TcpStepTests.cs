using System.Net;
using System.Net.Sockets;
using System.Text;
using Faultbox.Protocols.Relay;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Tcp;

public class TcpStepTests
{
    private static readonly IProtocol Protocol = ProtocolRegistry.Find("tcp")!;
    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public void A_line_is_completed_with_a_newline_and_one_line_comes_back()
    {
        using var server = new LineServer(_ => "PONG\r\nsecond\n"u8.ToArray());

        var response = Send(server.Port, "PING");

        Assert.True(response.Success);
        Assert.Equal("PONG", response.Text);
        Assert.Equal("PING\n", server.Received);
    }

    [Fact]
    public void A_newline_that_is_there_is_not_doubled()
    {
        using var server = new LineServer(_ => "OK\n"u8.ToArray());

        Send(server.Port, "PING\n");

        Assert.Equal("PING\n", server.Received);
    }

    [Fact]
    public void The_reply_is_read_to_its_newline_on_a_connection_that_stays_open()
    {
        using var server = new LineServer(_ => "OK 7\n"u8.ToArray(), keepOpen: true);

        Assert.Equal("OK 7", Send(server.Port, "STOCK").Text);
    }

    [Fact]
    public void A_peer_that_closes_without_a_line_gives_an_empty_reply()
    {
        using var server = new LineServer(_ => []);

        var response = Send(server.Port, "PING");

        Assert.True(response.Success);
        Assert.Equal("", response.Text);
    }

    [Fact]
    public void A_refused_connection_is_told_apart()
    {
        var response = Send(FreePort.Next(), "PING");

        Assert.False(response.Success);
        Assert.Equal("connection refused", response.Error);
    }

    [Fact]
    public void Bytes_travel_unchanged()
    {
        using var server = new LineServer(text => Encoding.UTF8.GetBytes(text));

        Assert.Equal("häß", Send(server.Port, "häß"u8.ToArray()).Text);
    }

    [Fact]
    public void Cancellation_ends_a_silent_exchange()
    {
        using var server = new LineServer(_ => [], keepOpen: true);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
        cancel.CancelAfter(50);

        Assert.ThrowsAny<OperationCanceledException>(
            () => Protocol.Step(new StepRequest("127.0.0.1", server.Port, "send", [new("data", "PING")]), cancel.Token));
    }

    [Fact]
    public void The_probe_succeeds_on_a_listening_port_only()
    {
        using var server = new LineServer(_ => []);

        Assert.Null(Protocol.Probe(new ProbeRequest("localhost", server.Port, null, TimeSpan.FromSeconds(2)), _cancellation));
        Assert.Equal("connection refused", Readiness.Tcp($"tcp://127.0.0.1:{FreePort.Next()}", isRelayed: false, null, TimeSpan.FromSeconds(2), _cancellation));
    }

    /// <summary>A listener whose connections nobody takes stands for a relay that has no time: they last, and say nothing.</summary>
    [Fact]
    public void An_accepted_connection_is_no_service_when_what_is_behind_it_says_otherwise()
    {
        using var front = new TcpListener(IPAddress.Loopback, 0);
        front.Start();
        var request = new ProbeRequest("127.0.0.1", ((IPEndPoint)front.LocalEndpoint).Port, null, TimeSpan.FromSeconds(5)) { IsRelayed = true };

        Assert.Null(Protocol.Probe(request, _cancellation));
        Assert.Equal("nobody there", Protocol.Probe(request with { Behind = _ => "nobody there" }, _cancellation));
        Assert.Null(Protocol.Probe(request with { Behind = _ => null }, _cancellation));
    }

    [Fact]
    public void A_unix_socket_is_ready_when_it_is_listened_on()
    {
        var path = Path.Combine(Path.GetTempPath(), $"faultbox-{Guid.NewGuid():N}.sock");
        string? Ask() => Readiness.UnixSocket(ProxyUpstream.UnixSocket(path), TimeSpan.FromSeconds(5), _cancellation);
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        Assert.Equal("connection refused", Ask());
        server.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            Assert.Equal("connection refused", Ask());
            server.Listen();
            Assert.Null(Ask());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Bytes_in_hexadecimal_form_are_sent_as_they_are()
    {
        using var peer = Echo();

        var response = Step(peer.Port, [new("hex", "ff0A 00 f0"), new("size", 4L), new("raw", true)]);

        Assert.Equal([0xff, 0x0a, 0x00, 0xf0], response.Raw!.Value.ToArray());
        Assert.Equal([0xff, 0x0a, 0x00, 0xf0], peer.Received);
        Assert.False(response.IsText);
    }

    [Fact]
    public void A_raw_message_gets_no_newline_and_its_reply_is_whole()
    {
        using var peer = Echo();

        var response = Step(peer.Port, [new("data", " a|b\n"), new("raw", true)]);

        Assert.Equal(" a|b\n"u8, response.Raw!.Value.Span);
        Assert.Equal("a|b", response.Text);
        Assert.Equal(" a|b\n"u8, peer.Received);
        Assert.Equal("PING"u8, Raw(Step(peer.Port, [new("data", "PING"), new("raw", true), new("size", 4L)])));
        Assert.Equal(" a|b\nPING"u8, peer.Received);
    }

    [Fact]
    public void Without_raw_the_reply_is_text_and_what_ends_it_is_no_part_of_it()
    {
        using var peer = Echo();

        var response = Step(peer.Port, [new("data", "one\ntwo;three"), new("until", ";")]);

        Assert.True(response.IsText);
        Assert.Equal("one\ntwo", response.Text);
        Assert.Equal("one\ntwo;"u8, Raw(response));
        Assert.Equal("one\ntwo;three\n"u8, peer.Received);
    }

    [Fact]
    public void A_delimiter_may_come_in_pieces()
    {
        using var peer = new RecordingPeer(async (socket, _) =>
        {
            await socket.ReceiveAsync(new byte[100]);
            foreach (var piece in (string[])["first-", "END", "-and-E", "N", "D.", "rest"])
            {
                // Each piece is a segment of its own.
                socket.NoDelay = true;
                await socket.SendAllAsync(Encoding.ASCII.GetBytes(piece));
                await Task.Delay(5);
            }

            await socket.ReceiveAsync(new byte[100]);
        });

        Assert.Equal("first-END-and-", Step(peer.Port, [new("data", "go"), new("until", "END."u8.ToArray())]).Text);
    }

    [Fact]
    public void A_peer_that_closes_without_a_delimiter_has_said_what_came()
    {
        using var server = new LineServer(_ => "half"u8.ToArray());

        var response = Step(server.Port, [new("data", "go"), new("until", "\0")]);

        Assert.True(response.Success);
        Assert.Equal("half", response.Text);
    }

    [Fact]
    public void A_size_that_is_reached_ends_the_reply_wherever_lines_end()
    {
        using var server = new LineServer(_ => "a\nb\ncdef"u8.ToArray(), keepOpen: true);

        Assert.Equal("a\nb\nc"u8, Raw(Step(server.Port, [new("data", "go"), new("size", 5L)])));
    }

    [Fact]
    public void A_peer_that_closes_before_the_size_has_failed()
    {
        using var server = new LineServer(_ => "abc"u8.ToArray());

        var response = Step(server.Port, [new("data", "go"), new("size", 8L), new("raw", true)]);

        Assert.False(response.Success);
        Assert.Equal("connection closed by the peer after 3 of 8 bytes", response.Error);
        Assert.Equal("abc"u8, Raw(response));
    }

    [Fact]
    public void A_reply_without_its_delimiter_has_a_limit()
    {
        using var server = new LineServer(_ => new byte[9 * 1024 * 1024], keepOpen: true);

        Assert.Equal("no delimiter in the first 8388608 bytes of the reply", Step(server.Port, [new("data", "go"), new("until", "x")]).Error);
    }

    [Fact]
    public void A_reply_as_large_as_the_limit_is_received()
    {
        using var server = new LineServer(_ => [.. new byte[(8 * 1024 * 1024) - 1], (byte)'x', (byte)'y'], keepOpen: true);

        var response = Step(server.Port, [new("data", "go"), new("size", 8 * 1024 * 1024L)]);

        Assert.True(response.Success, response.Error);
        Assert.Equal(8 * 1024 * 1024, response.Body.Length);
        Assert.Equal((byte)'x', response.Body.Span[^1]);
    }

    [Fact]
    public void A_silent_peer_is_waited_for_as_long_as_the_step_says()
    {
        using var server = new LineServer(_ => "begun"u8.ToArray(), keepOpen: true);

        var response = Step(server.Port, [new("data", "go"), new("timeout", "300ms"), new("raw", true)]);

        Assert.False(response.Success);
        Assert.Equal("timed out", response.Error);
        Assert.InRange(response.Duration, TimeSpan.FromMilliseconds(290), TimeSpan.FromSeconds(9));
    }

    [Fact]
    public void A_greeting_is_received_without_a_word()
    {
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            await socket.SendAllAsync("220 ready\r\n"u8.ToArray());
            await self.ReceiveUntilAsync(socket, 1);
        });

        Assert.Equal("220 ready\r\n"u8, Raw(Step(peer.Port, [new("data", ""), new("raw", true)])));
        Assert.Empty(peer.Received);
    }

    public static TheoryData<string, KeyValuePair<string, object?>[]> Refused => new()
    {
        { "missing required argument data=, or hex= for bytes that are no text", [] },
        { "missing required argument data=, or hex= for bytes that are no text", [new("raw", true)] },
        { "data and hex exclude each other", [new("data", "a"), new("hex", "00")] },
        { "hex must be pairs of hexadecimal digits such as \"0d0a\", got \"0g\"", [new("hex", "0g")] },
        { "hex must be pairs of hexadecimal digits such as \"0d0a\", got \"0\"", [new("hex", "0")] },
        { "hex must be pairs of hexadecimal digits such as \"0d0a\", got \"012\"", [new("hex", "012")] },
        { "hex must be pairs of hexadecimal digits such as \"0d0a\", got \"\"", [new("hex", "")] },
        { "hex must be a string, got int", [new("hex", 12L)] },
        { "data must be a string or bytes, got list", [new("data", new List<object?> { 1L })] },
        { "until and size exclude each other", [new("data", "a"), new("until", ";"), new("size", 1L)] },
        { "until must not be empty", [new("data", "a"), new("until", "")] },
        { "until must be a string or bytes, got list", [new("data", "a"), new("until", new List<object?>())] },
        { "size must be from 1 to 8388608 bytes, got 0", [new("data", "a"), new("size", 0L)] },
        { "size must be from 1 to 8388608 bytes, got -1", [new("data", "a"), new("size", -1L)] },
        { "size must be from 1 to 8388608 bytes, got 8388609", [new("data", "a"), new("size", 8_388_609L)] },
        { "size must be an int, got string", [new("data", "a"), new("size", "4")] },
        { "raw must be True or False, got string", [new("data", "a"), new("raw", "yes")] },
        { "timeout: bad duration \"5\"; write for example \"500ms\" or \"30s\"", [new("data", "a"), new("timeout", "5")] },
        { "timeout must be a duration such as \"30s\", got int", [new("data", "a"), new("timeout", 5L)] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Keywords_that_cannot_be_used_are_refused_before_anything_is_sent(string message, KeyValuePair<string, object?>[] arguments)
    {
        using var server = new LineServer(_ => "x\n"u8.ToArray());

        Assert.Equal(message, Assert.Throws<StepArgumentException>(() => Step(server.Port, arguments)).Message);
        Assert.Equal("", server.Received);
    }

    private static RecordingPeer Echo() => new(async (socket, peer) =>
    {
        var buffer = new byte[1024];
        for (int count; (count = await socket.ReceiveAsync(buffer)) > 0;)
        {
            peer.Record(buffer.AsSpan(0, count));
            await socket.SendAllAsync(buffer.AsMemory(0, count));
        }
    });

    private static ReadOnlySpan<byte> Raw(StepResponse response) => response.Raw!.Value.Span;

    private StepResponse Step(int port, KeyValuePair<string, object?>[] arguments) =>
        Protocol.Step(new StepRequest("127.0.0.1", port, "send", arguments), _cancellation);

    private StepResponse Send(int port, object data) => Step(port, [new("data", data)]);
}
