using System.Net.Sockets;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>The life of a proxy and what it does with connections, on real sockets.</summary>
public sealed class StreamProxyTests
{
    /// <summary>Preface, empty SETTINGS, and a head (POST, http, path <c>/</c>) of a stream that stays open.</summary>
    private const string Http2Opening =
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0\0\0\u0003\u0001\u0004\0\0\0\u0001\u0083\u0086\u0084";

    [Fact]
    public void A_reserved_port_refuses_connections_and_keeps_its_number()
    {
        using var peer = new RecordingPeer(EchoAsync);
        using var port = new ProxiedPort();
        var number = port.Proxy.PortOf("");

        var refused = Assert.Throws<SocketException>(() => port.Connect());
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);

        port.To(peer.Port);
        using var client = port.Connect();
        client.Say("hello");
        Assert.Equal("hello", client.Text());
        Assert.Equal(number, port.Proxy.PortOf(""));
    }

    [Fact]
    public void An_orphaned_port_resets_open_connections_and_accepts_and_resets_new_ones()
    {
        using var peer = new RecordingPeer(EchoAsync);
        using var port = new ProxiedPort().To(peer.Port);
        using var open = port.Connect();
        open.Say("x");
        open.Text();

        port.Proxy.Orphan();

        Assert.True(open.IsReset());
        using var late = port.Connect();
        Assert.True(late.IsReset());
        Assert.Equal("context_cancel", Assert.Single(port.Events("proxy_conn_close", 1)).Field("reason"));
        port.To(peer.Port);
        using var again = port.Connect();
        again.Say("y");
        Assert.Equal("y", again.Text());
    }

    [Fact]
    public void An_upstream_that_refuses_is_a_reset_and_an_event()
    {
        using var port = new ProxiedPort().To(FreePort.Next());
        using var client = port.Connect();

        Assert.True(client.IsReset());
        var error = Assert.Single(port.Events("proxy_upstream_error", 1));
        Assert.Equal(("dial", "connection refused"), (error.Field("phase"), error.Field("error")));
    }

    [Fact]
    public async Task The_end_of_one_direction_leaves_the_other_open()
    {
        const int Size = 10 * 1024 * 1024;
        using var peer = new RecordingPeer(async (socket, self) =>
        {
            while (await self.ReceiveUntilAsync(socket, int.MaxValue))
            {
            }

            await socket.SendAsync(new byte[Size]);
            socket.Close();
        });
        using var port = new ProxiedPort().To(peer.Port);
        using var client = port.Connect();
        client.Say("question");
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal(Size, (await Task.Run(client.Rest)).Length);
        Assert.Equal("question"u8, peer.Received);
        var close = Assert.Single(port.Events("proxy_conn_close", 1));
        Assert.Equal(("8", $"{Size}", "client_eof"), (close.Field("bytes_c2s"), close.Field("bytes_s2c"), close.Field("reason")));
    }

    [Fact]
    public void A_reset_upstream_is_a_reset_client()
    {
        using var peer = new RecordingPeer(async (socket, _) =>
        {
            await socket.ReceiveAsync(new byte[1]);
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        });
        using var port = new ProxiedPort().To(peer.Port);
        using var client = port.Connect();
        client.Say("x");

        Assert.True(client.IsReset());
        Assert.Single(port.Events("proxy_upstream_error", 1));
    }

    [Fact]
    public async Task A_reset_client_is_a_reset_upstream()
    {
        var outcome = new TaskCompletionSource<SocketError>();
        var arrived = new TaskCompletionSource();
        using var peer = new RecordingPeer(async (socket, _) =>
        {
            try
            {
                await socket.ReceiveAsync(new byte[1]);
                arrived.SetResult();
                await socket.ReceiveAsync(new byte[1]);
                outcome.SetResult(SocketError.Success);
            }
            catch (SocketException e)
            {
                outcome.SetResult(e.SocketErrorCode);
            }
        });
        using var port = new ProxiedPort().To(peer.Port);
        var client = port.Connect();
        client.Say("x");
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        client.LingerState = new LingerOption(true, 0);
        client.Close();

        Assert.Equal(SocketError.ConnectionReset, await outcome.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    /// <summary>A client that blocks waits for room in the queue of a unix socket, and so does the proxy.</summary>
    [Fact]
    public void A_unix_socket_whose_queue_is_full_is_waited_for()
    {
        const int Clients = 6;
        var path = Path.Combine(Path.GetTempPath(), $"faultbox-{Guid.NewGuid():N}.sock");
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        server.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            server.Listen(1);
            using var port = new ProxiedPort();
            port.Proxy.Relay(ProxyUpstream.UnixSocket(path));
            var clients = Enumerable.Range(0, Clients).Select(_ => port.Connect()).ToList();

            // Two fit into the queue.
            Assert.Equal(2, port.Events("proxy_conn_open", 2).Count);
            var served = Enumerable.Range(0, Clients).Select(_ => server.Accept()).ToList();

            Assert.Equal(Clients, port.Events("proxy_conn_open", Clients).Count);
            Assert.Empty(port.Log.OfType("proxy_upstream_error"));
            served.Concat(clients).ToList().ForEach(s => s.Dispose());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Each_consumer_is_known_by_its_port()
    {
        using var peer = new RecordingPeer(EchoAsync);
        using var port = new ProxiedPort("tcp", "api", "worker").To(peer.Port);
        foreach (var consumer in new[] { "api", "worker", "" })
        {
            using var client = port.Connect(consumer);
            client.Say("x");
            client.Text();
        }

        Assert.Equal(3, port.Proxy.Ports.Distinct().Count());
        Assert.Equal(["", "api", "worker"], port.Events("proxy_conn_open", 3).Select(e => e.Field("consumer")).Order());
        Assert.All(port.Events("proxy_conn_open", 3), e => Assert.Matches("^[0-9a-f]{8}$", e.Field("conn_id")));
    }

    [Theory]
    [InlineData("tcp", "x")]
    [InlineData("http", "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nbeginning")]
    [InlineData("http2", Http2Opening)]
    [InlineData("grpc", Http2Opening)]
    public void A_thousand_open_streams_end_at_once_with_their_sockets(string protocol, string opening)
    {
        const int Count = 1000;
        var ended = new CountdownEvent(Count);
        using var peer = new RecordingPeer(async (socket, _) =>
        {
            try
            {
                await socket.ReceiveAsync(new byte[1024]);
                await socket.SendAsync("\0\0\0\u0004\0\0\0\0\0"u8.ToArray());
                while (await socket.ReceiveAsync(new byte[1024]) > 0)
                {
                }
            }
            catch (SocketException)
            {
            }

            socket.Close();
            ended.Signal();
        });
        using var port = new ProxiedPort(protocol).To(peer.Port);
        var clients = Enumerable.Range(0, Count).Select(_ => port.Connect()).ToList();
        clients.ForEach(c => c.Say(opening));
        clients.ForEach(c => c.Text());

        port.Proxy.Orphan();

        Assert.All(clients, c => Assert.True(c.IsReset()));
        Assert.True(ended.Wait(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken), $"{ended.CurrentCount} connections to the service stayed open");
        Assert.Empty(port.Log.OfType("proxy_stop_timeout"));
        clients.ForEach(c => c.Dispose());
    }

    [Fact]
    public void Events_about_connections_are_capped_and_the_rest_is_counted()
    {
        using var port = new ProxiedPort();
        for (var i = 0; i < 2003; i++)
        {
            port.Rules.EmitLifecycle("proxy_conn_open");
        }

        port.Proxy.Use(null);

        Assert.Equal(2000, port.Log.OfType("proxy_conn_open").Count());
        Assert.Equal("3", Assert.Single(port.Log.OfType("proxy_events_dropped")).Field("count"));
    }

    [Fact]
    public void Ports_that_services_need_are_left_alone()
    {
        // Every odd port of the range is declared, so that a port of the system's choice is likely to be one of them.
        var declared = Enumerable.Range(1024, 64_000).Where(p => p % 2 == 1).ToHashSet();
        using var proxy = ProtocolRegistry.ProxyOf("tcp")!.Reserve(new ProxyPlace
        {
            Target = new("up", "raw"),
            Protocol = "tcp",
            Consumers = [.. Enumerable.Range(0, 20).Select(i => $"c{i}")],
            ReservedPorts = declared,
        });

        Assert.DoesNotContain(proxy.Ports, declared.Contains);
    }

    internal static async Task EchoAsync(Socket socket, RecordingPeer peer)
    {
        var buffer = new byte[64 * 1024];
        for (int count; (count = await socket.ReceiveAsync(buffer)) > 0;)
        {
            await socket.SendAsync(buffer.AsMemory(0, count));
        }

        socket.Close();
    }
}
