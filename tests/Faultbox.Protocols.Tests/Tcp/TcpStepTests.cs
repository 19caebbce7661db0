using System.Text;

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
        Assert.Equal("connection refused", Readiness.Tcp($"tcp://127.0.0.1:{FreePort.Next()}", isRelayed: false, TimeSpan.FromSeconds(2), _cancellation));
    }

    private StepResponse Send(int port, object data) =>
        Protocol.Step(new StepRequest("127.0.0.1", port, "send", [new("data", data)]), _cancellation);
}
