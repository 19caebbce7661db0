using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Faults;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;

namespace Faultbox.Protocols.Tests.Wire;

/// <summary>Each stream fault alone and in chains, between raw sockets, on new and on live connections.</summary>
public sealed class WireFaultTests : IDisposable
{
    private const TrafficDirection Both = TrafficDirection.Both;
    private const TrafficDirection Down = TrafficDirection.ServerToClient;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly RecordingPeer _echo = new(EchoAsync);
    private readonly ProxyFixture _proxy;

    public WireFaultTests() => _proxy = new ProxyFixture("tcp", _echo.Port);

    public void Dispose()
    {
        _proxy.Dispose();
        _echo.Dispose();
    }

    [Fact]
    public async Task Latency_delays_every_chunk_and_does_not_limit_the_throughput()
    {
        using var client = await ConnectAsync();
        await RoundTripAsync(client, 10);
        var window = _proxy.Open(new WireLatency(Ms(100), TimeSpan.Zero, JitterDistribution.Uniform, Down));
        var clock = Stopwatch.StartNew();

        await RoundTripAsync(client, 10);
        Assert.True(clock.ElapsedMilliseconds >= 99, $"{clock.ElapsedMilliseconds} ms");
        clock.Restart();
        await RoundTripAsync(client, 4_000_000);

        Assert.True(clock.Elapsed < Soon, "chunks travel at the same time");
        _proxy.Rules.Close(window);
        var phases = _proxy.Events("proxy").Select(e => (e.Field("action"), e.Field("phase"))).ToList();
        Assert.Equal([("latency", "attach"), ("latency", "detach")], phases);
        Assert.True(long.Parse(_proxy.Events("proxy")[1].Field("added_ms")!, System.Globalization.CultureInfo.InvariantCulture) >= 200);
    }

    [Fact]
    public async Task A_fault_lets_go_of_a_connection_that_ends()
    {
        _proxy.Open(new WireLatency(Ms(1), TimeSpan.Zero, JitterDistribution.Uniform, Down));
        using (var client = await ConnectAsync())
        {
            await RoundTripAsync(client, 10);
        }

        while (_proxy.Events("proxy").Count < 2)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        var detached = _proxy.Events("proxy")[1];
        Assert.Equal(("detach", "10"), (detached.Field("phase"), detached.Field("bytes")));
    }

    [Fact]
    public async Task Each_fault_tells_the_time_that_it_alone_has_added()
    {
        var window = _proxy.Open(
            new WireLatency(Ms(100), TimeSpan.Zero, JitterDistribution.Uniform, Down), new WireSlicer(1, 0, TimeSpan.Zero, Down));
        using var client = await ConnectAsync();

        await RoundTripAsync(client, 5);

        _proxy.Rules.Close(window);
        var added = _proxy.Events("proxy").Where(e => e.Field("phase") == "detach").Select(e => (e.Field("action"), e.Field("added_ms")));
        Assert.Equal([("latency", "100"), ("slicer", "0")], added);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task No_chunk_of_five_hundred_comes_before_its_time()
    {
        const int Chunks = 500;
        _proxy.Open(new WireLatency(Ms(100), Ms(20), JitterDistribution.Uniform, Down));
        using var client = await ConnectAsync();
        var clock = Stopwatch.StartNew();
        var sent = new long[Chunks];
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < Chunks; i++)
            {
                Volatile.Write(ref sent[i], clock.ElapsedMilliseconds);
                await client.SendAsync(Pattern(10));
                await Task.Delay(2, TestContext.Current.CancellationToken);
            }
        }, TestContext.Current.CancellationToken);

        var late = new List<long>();
        for (var i = 0; i < Chunks; i++)
        {
            await ReceiveAsync(client, 10);
            late.Add(clock.ElapsedMilliseconds - Volatile.Read(ref sent[i]));
        }

        await sending;
        Assert.True(late.Min() >= 79, $"a chunk after {late.Min()} ms");
        Assert.True(late.Average() >= 90, $"{late.Average()} ms on average");
    }

    [Fact]
    public async Task Jitter_stays_within_its_bounds_and_keeps_the_order()
    {
        _proxy.Open(new WireLatency(Ms(30), Ms(20), JitterDistribution.Uniform, Both));
        using var client = await ConnectAsync();

        var received = await RoundTripAsync(client, 200_000);

        Assert.Equal(Pattern(200_000), received);
    }

    [Fact]
    public async Task Bandwidth_holds_its_rate_with_backpressure()
    {
        _proxy.Open(new WireBandwidth(1_000_000, 16 * 1024, IsShared: false, Down));
        using var client = await ConnectAsync();
        var clock = Stopwatch.StartNew();

        await RoundTripAsync(client, 2_000_000);

        Assert.True(clock.Elapsed.TotalSeconds >= 1.8, $"{clock.Elapsed}");
    }

    [Fact]
    public async Task A_shared_bucket_divides_the_rate()
    {
        _proxy.Open(new WireBandwidth(1_000_000, 16 * 1024, IsShared: true, Down));
        using var one = await ConnectAsync();
        using var two = await ConnectAsync();
        var clock = Stopwatch.StartNew();

        await Task.WhenAll(RoundTripAsync(one, 1_000_000), RoundTripAsync(two, 1_000_000));

        Assert.True(clock.Elapsed.TotalSeconds >= 1.8, $"{clock.Elapsed}");
    }

    [Fact]
    public async Task Slices_arrive_whole_and_in_order()
    {
        _proxy.Open(new WireSlicer(7, 3, TimeSpan.Zero, Both));
        using var client = await ConnectAsync();

        Assert.Equal(Pattern(5_000), await RoundTripAsync(client, 5_000));
    }

    [Fact]
    public async Task Slices_have_exactly_their_size()
    {
        var window = _proxy.Open(new WireSlicer(7, 0, TimeSpan.Zero, Down));
        using var client = await ConnectAsync();

        // Each answer is read before the next question: no piece is of two.
        for (var i = 0; i < 10; i++)
        {
            await RoundTripAsync(client, 7 * 7);
            await RoundTripAsync(client, 1);
        }

        _proxy.Rules.Close(window);
        var detached = _proxy.Events("proxy")[^1];
        Assert.Equal(("detach", "80", "500"), (detached.Field("phase"), detached.Field("chunks"), detached.Field("bytes")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Limited_data_is_exact_and_ends_as_asked(bool resets)
    {
        _proxy.Open(new WireLimitData(1000, resets, Down));
        using var client = await ConnectAsync();
        await client.SendAsync(Pattern(5000));

        var received = new List<byte>();
        var buffer = new byte[4096];
        SocketException? failure = null;
        try
        {
            int count;
            while ((count = await client.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(Soon, TestContext.Current.CancellationToken)) > 0)
            {
                received.AddRange(buffer.AsSpan(0, count));
            }
        }
        catch (SocketException e)
        {
            failure = e;
        }

        Assert.Equal(resets ? SocketError.ConnectionReset : null, failure?.SocketErrorCode);
        Assert.Equal(Pattern(5000)[..1000], received);
    }

    [Fact]
    public async Task Corruption_is_where_it_was_asked_for()
    {
        _proxy.Open(new WireCorrupt(3, 10, CorruptionKind.Flip, Down));
        using var client = await ConnectAsync();

        var received = await RoundTripAsync(client, 100);

        var expected = Pattern(100);
        for (var i = 3; i < expected.Length; i += 10)
        {
            expected[i] = (byte)~expected[i];
        }

        Assert.Equal(expected, received);
    }

    [Fact]
    public async Task A_reset_comes_after_its_bytes_on_a_live_connection()
    {
        using var client = await ConnectAsync();
        await RoundTripAsync(client, 100);
        _proxy.Open(new WireResetPeer(TimeSpan.Zero, 50));

        await client.SendAsync(Pattern(100));

        Assert.Equal(SocketError.ConnectionReset, await EndOfAsync(client));
        Assert.Equal("rule_drop", (await CloseEventAsync()).Field("reason"));
    }

    [Fact]
    public async Task A_reset_after_no_bytes_comes_at_once()
    {
        using var client = await ConnectAsync();
        await RoundTripAsync(client, 100);
        _proxy.Open(new WireResetPeer(TimeSpan.Zero, 0));

        Assert.Equal(SocketError.ConnectionReset, await EndOfAsync(client));
    }

    [Fact]
    public async Task Down_resets_live_connections_and_new_ones()
    {
        using var live = await ConnectAsync();
        await RoundTripAsync(live, 10);
        var window = _proxy.Open(new WireDown());

        Assert.Equal(SocketError.ConnectionReset, await EndOfAsync(live));
        Assert.Equal(SocketError.ConnectionReset, await EndOfNewAsync());

        _proxy.Rules.Close(window);
        using var after = await ConnectAsync();
        await RoundTripAsync(after, 10);
    }

    [Fact]
    public async Task A_timeout_holds_data_until_the_window_ends()
    {
        using var client = await ConnectAsync();
        await RoundTripAsync(client, 10);
        var window = _proxy.Open(new WireTimeout(TimeSpan.Zero));
        await client.SendAsync(Pattern(10));
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Equal(0, client.Available);

        _proxy.Rules.Close(window);

        Assert.Equal(Pattern(10), await ReceiveAsync(client, 10));
        Assert.Equal(Pattern(20), await RoundTripAsync(client, 20));
    }

    [Fact]
    public async Task A_timeout_with_a_hold_closes_the_connection()
    {
        _proxy.Open(new WireTimeout(Ms(150)));
        var clock = Stopwatch.StartNew();
        using var client = await ConnectAsync();

        Assert.Null(await EndOfAsync(client));

        Assert.True(clock.ElapsedMilliseconds >= 149, $"{clock.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task Connections_that_ended_while_a_fault_held_their_last_bytes_are_closed_with_the_window()
    {
        var window = _proxy.Open(new WireHalfOpen(Down));
        var echoed = _echo.Received.Length;
        for (var i = 1; i <= 8; i++)
        {
            using var client = await ConnectAsync();
            await client.SendAsync(Pattern(10));
            while (_echo.Received.Length < echoed + (i * 10))
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
        }

        Assert.True(SpinWait.SpinUntil(() => LeftByTheirClients() == 8, Soon));
        _proxy.Rules.Close(window);

        Assert.True(SpinWait.SpinUntil(() => LeftByTheirClients() == 0, Soon), "connections are still open");

        // CLOSE_WAIT on the port of the proxy: the client has ended, the proxy has not.
        int LeftByTheirClients() => File.ReadLines("/proc/net/tcp").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(f => f[1].EndsWith($":{_proxy.Port:X4}", StringComparison.Ordinal) && f[3] == "08");
    }

    [Fact]
    public async Task A_half_open_direction_is_silent_while_the_other_one_works()
    {
        using var client = await ConnectAsync();
        await RoundTripAsync(client, 10);
        var before = _echo.Received.Length;
        _proxy.Open(new WireHalfOpen(Down));

        await client.SendAsync(Pattern(10));
        while (_echo.Received.Length < before + 10)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(0, client.Available);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_slow_close_passes_the_end_on_later_and_all_data_before_it()
    {
        _proxy.Open(new WireSlowClose(Ms(1000)));
        using var client = await ConnectAsync();
        var clock = Stopwatch.StartNew();
        await client.SendAsync(Pattern(10));
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal(Pattern(10), await ReceiveAsync(client, 10));
        Assert.Null(await EndOfAsync(client));

        // The end of the client's direction, then that of the service's.
        Assert.True(clock.ElapsedMilliseconds >= 1990, $"{clock.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task Faults_act_in_a_chain_in_the_order_of_their_rules()
    {
        _proxy.Open(
            new WireSlicer(100, 0, TimeSpan.Zero, Down),
            new WireLatency(Ms(50), TimeSpan.Zero, JitterDistribution.Uniform, Down),
            new WireCorrupt(0, null, CorruptionKind.Zero, Down));
        using var client = await ConnectAsync();
        var clock = Stopwatch.StartNew();

        var received = await RoundTripAsync(client, 1000);

        Assert.True(clock.ElapsedMilliseconds >= 50);
        byte[] expected = [0, .. Pattern(1000)[1..]];
        Assert.Equal(expected, received);
    }

    [Fact]
    public async Task A_chain_of_all_that_pass_data_keeps_the_bytes_the_limit_and_the_least_time()
    {
        _proxy.Open(
            new WireSlicer(7, 0, TimeSpan.Zero, Down),
            new WireLatency(Ms(100), Ms(20), JitterDistribution.Uniform, Down),
            new WireBandwidth(10_000, 100, IsShared: false, Down),
            new WireLimitData(1000, Resets: false, Down),
            new WireSlowClose(Ms(300)));
        using var client = await ConnectAsync();
        var clock = Stopwatch.StartNew();

        await client.SendAsync(Pattern(5000));

        Assert.Equal(Pattern(5000)[..1000], await ReceiveAsync(client, 1000));
        Assert.True(clock.ElapsedMilliseconds >= 79 + 81, $"{clock.ElapsedMilliseconds} ms");
        Assert.Null(await EndOfAsync(client));
    }

    [Fact]
    public async Task A_chain_with_a_reset_ends_with_it_and_the_next_connection_lives_after_its_window()
    {
        var window = _proxy.Open(
            new WireLatency(Ms(20), TimeSpan.Zero, JitterDistribution.Uniform, Both),
            new WireResetPeer(TimeSpan.Zero, 50));
        using var client = await ConnectAsync();
        await client.SendAsync(Pattern(100));
        Assert.Equal(SocketError.ConnectionReset, await EndOfAsync(client));

        _proxy.Rules.Close(window);
        using var next = await ConnectAsync();
        Assert.Equal(Pattern(100), await RoundTripAsync(next, 100));
    }

    [Fact]
    public async Task A_chain_with_a_hold_resumes_with_all_of_its_data()
    {
        var slicer = _proxy.Open(new WireSlicer(7, 0, TimeSpan.Zero, Down));
        var hold = _proxy.Open(new WireTimeout(TimeSpan.Zero));
        using var client = await ConnectAsync();
        await client.SendAsync(Pattern(1000));

        _proxy.Rules.Close(hold);
        Assert.Equal(Pattern(1000), await ReceiveAsync(client, 1000));
        _proxy.Rules.Close(slicer);
        Assert.Equal(Pattern(1000), await RoundTripAsync(client, 1000));
    }

    [Fact]
    public async Task Selectors_count_connections()
    {
        using var first = await ConnectAsync();
        await RoundTripAsync(first, 10);
        var window = _proxy.Open(new ProxyFault { Action = ProxyAction.Wire, Wire = new WireDown(), Trigger = new Trigger(TriggerKind.Nth, 2) });
        await RoundTripAsync(first, 10);
        Assert.Equal(SocketError.ConnectionReset, await EndOfNewAsync());
        using var third = await ConnectAsync();

        Assert.Equal(Pattern(10), await RoundTripAsync(third, 10));
        Assert.Equal((3L, 3L, 1L), (window.Rules[0].Seen, window.Rules[0].Matches, window.Rules[0].Fired));
    }

    private static async Task EchoAsync(Socket socket, RecordingPeer peer)
    {
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await socket.ReceiveAsync(buffer)) > 0)
        {
            peer.Record(buffer.AsSpan(0, count));
            await socket.SendAsync(buffer.AsMemory(0, count));
        }
    }

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];

    private static async Task<byte[]> RoundTripAsync(Socket client, int length)
    {
        var sending = client.SendAsync(Pattern(length));
        var received = await ReceiveAsync(client, length);
        await sending;
        return received;
    }

    private static async Task<byte[]> ReceiveAsync(Socket client, int length)
    {
        var received = new byte[length];
        for (var at = 0; at < length;)
        {
            var count = await client.ReceiveAsync(received.AsMemory(at)).AsTask().WaitAsync(Soon);
            Assert.NotEqual(0, count);
            at += count;
        }

        return received;
    }

    /// <summary>How a connection ends: null for FIN.</summary>
    private static async Task<SocketError?> EndOfAsync(Socket client)
    {
        var buffer = new byte[4096];
        try
        {
            while (await client.ReceiveAsync(buffer).WaitAsync(Soon) > 0)
            {
            }

            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    /// <summary>How a new connection ends, which may be while it is being made.</summary>
    private async Task<SocketError?> EndOfNewAsync()
    {
        try
        {
            using var client = await ConnectAsync();
            return await EndOfAsync(client);
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private async Task<Core.Events.TraceEvent> CloseEventAsync()
    {
        while (_proxy.Events("proxy_conn_close").Count == 0)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        return _proxy.Events("proxy_conn_close")[0];
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _proxy.Port);
        return socket;
    }
}
