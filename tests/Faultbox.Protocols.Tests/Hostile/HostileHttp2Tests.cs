using System.Text;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Tests.Relay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using static Faultbox.Protocols.Tests.Hostile.FrameClient;

namespace Faultbox.Protocols.Tests.Hostile;

/// <summary>
/// HTTP/2 that breaks its rules or uses them against the proxy, in front of a Kestrel service. What is not understood is relayed, so that the
/// service answers for it as it would without the proxy, or ends the connection; no rule acts on what follows, and other connections go on.
/// </summary>
[Collection(nameof(Alone))]
public sealed class HostileHttp2Tests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private readonly TaskCompletionSource _mayEnd = new();
    private KestrelPeer _server = null!;
    private ProxyFixture _proxy = null!;

    /// <summary>Name, frames after the preface, and whether the proxy itself cannot follow them.</summary>
    public static TheoryData<string, byte[], bool> Broken { get; } = new()
    {
        { "a frame larger than allowed", Frame(FrameType.Data, 0, 1, new byte[16_385]), true },
        { "a length of 16 MiB", Frame(0xFF_FFFF, FrameType.Data, 0, 1), true },
        { "an even stream", Request(2, "/a"), true },
        { "a continuation of nothing", Frame(FrameType.Continuation, FrameFlags.EndHeaders, 1, Block("/a")), true },
        { "data inside a head", [.. Frame(FrameType.Headers, 0, 1, Block("/a")), .. Frame(FrameType.Data, 0, 1)], true },
        { "a continuation on another stream", [.. Frame(FrameType.Headers, 0, 1, Block("/a")), .. Frame(FrameType.Continuation, FrameFlags.EndHeaders, 3)], true },
        { "a second head inside a head", [.. Frame(FrameType.Headers, 0, 1, Block("/a")), .. Request(3, "/a")], true },
        { "an unknown frame inside a head", [.. Frame(FrameType.Headers, 0, 1, Block("/a")), .. Frame((FrameType)0x16, 0, 1)], true },
        { "padding longer than its head", Frame(FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.Padded, 1, 255, 0x82), true },
        { "padding without length", Frame(FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.Padded, 1), true },
        { "priority that does not fit", Frame(FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.Priority, 1, 0, 0, 0), true },
        { "a field at index 0", Frame(FrameType.Headers, FrameFlags.EndHeaders, 1, 0x80), true },
        { "a field beyond the table", Frame(FrameType.Headers, FrameFlags.EndHeaders, 1, 0xFF, 0xFF, 0x7F), true },
        { "an integer without end", Frame(FrameType.Headers, FrameFlags.EndHeaders, 1, [0xFF, .. Enumerable.Repeat((byte)0xFF, 100)]), true },
        { "a text longer than its block", Frame(FrameType.Headers, FrameFlags.EndHeaders, 1, 0x00, 0x7F, 0xFF, 0x7F, 1), true },
        { "a malformed Huffman code", Frame(FrameType.Headers, FrameFlags.EndHeaders, 1, 0x00, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x00), true },
        { "a table of a gigabyte", Frame(FrameType.Headers, FrameFlags.EndHeaders, 1, 0x3F, 0xE1, 0xFF, 0xFF, 0xFF, 0x03), true },
        { "a table size after a field", Frame(FrameType.Headers, FrameFlags.EndHeaders, 1, 0x82, 0x20), true },
        { "a block that expands to megabytes", Bomb(), true },
        { "a head of 300 KiB", Continued(20, 16_000), true },
        { "a head of 60 000 empty pieces", Continued(60_000, 0), true },
        { "a head of one byte at a time", Continued(30_000, 1), true },
        { "a promise of a client without end", [.. Frame(FrameType.PushPromise, 0, 1, 0, 0, 0, 2, 0x82), .. Frame(FrameType.Ping, 0, 0, new byte[8])], true },
        { "a head on stream 0", Request(0, "/a"), false },
        { "data on stream 0", Frame(FrameType.Data, 0, 0, 1), false },
        { "data on an idle stream", Frame(FrameType.Data, 0, 9, 1), false },
        { "data with padding longer than it", [.. Request(1, "/a", ends: false, "POST"), .. Frame(FrameType.Data, FrameFlags.Padded, 1, 9, 1)], false },
        { "a reset of an idle stream", Frame(FrameType.ResetStream, 0, 9, Number(8)), false },
        { "a reset of a wrong size", [.. Request(1, "/a", ends: false, "POST"), .. Frame(FrameType.ResetStream, 0, 1, 0, 0, 8)], false },
        { "settings of a wrong size", Frame(FrameType.Settings, 0, 0, new byte[5]), false },
        { "settings on a stream", Frame(FrameType.Settings, 0, 1, new byte[6]), false },
        { "an acknowledgement with content", Frame(FrameType.Settings, FrameFlags.EndStream, 0, new byte[6]), false },
        { "a frame size of 0", Frame(FrameType.Settings, 0, 0, 0, 5, 0, 0, 0, 0), false },
        { "a window of 2^32-1", Frame(FrameType.Settings, 0, 0, 0, 4, 255, 255, 255, 255), false },
        { "a ping of a wrong size", Frame(FrameType.Ping, 0, 0, new byte[7]), false },
        { "a ping on a stream", Frame(FrameType.Ping, 0, 1, new byte[8]), false },
        { "a credit of 0", Frame(FrameType.WindowUpdate, 0, 0, Number(0)), false },
        { "a credit of a wrong size", Frame(FrameType.WindowUpdate, 0, 0, 1, 2, 3), false },
        { "a window beyond 2^31-1", [.. Frame(FrameType.WindowUpdate, 0, 0, Number(int.MaxValue)), .. Frame(FrameType.WindowUpdate, 0, 0, Number(int.MaxValue))], false },
        { "credit of an idle stream", Frame(FrameType.WindowUpdate, 0, 9, Number(1)), false },
        { "a farewell that is cut", Frame(FrameType.GoAway, 0, 0, new byte[4]), false },
        { "a head on a closed stream", [.. Request(3, "/a"), .. Request(1, "/a")], false },
    };

    public static TheoryData<string, byte[]> Floods { get; } = new()
    {
        { "settings", Frame(FrameType.Settings, 0, 0, 0, 4, 0, 1, 0, 0) },
        { "empty settings", Frame(FrameType.Settings, 0, 0) },
        { "pings", Frame(FrameType.Ping, 0, 0, new byte[8]) },
        { "priorities", Frame(FrameType.Priority, 0, 5, 0, 0, 0, 0, 1) },
        { "credit of 1", Frame(FrameType.WindowUpdate, 0, 0, Number(1)) },
        { "unknown frames", Frame((FrameType)0x42, (FrameFlags)0xFF, 7, 1, 2, 3) },
        { "acknowledgements", Frame(FrameType.Settings, FrameFlags.EndStream, 0) },
    };

    public async ValueTask InitializeAsync()
    {
        _server = await KestrelPeer.StartAsync(HttpProtocols.Http2, Serve);
        _proxy = new ProxyFixture("http2", _server.Port);
    }

    public async ValueTask DisposeAsync()
    {
        _mayEnd.TrySetResult();
        _proxy.Dispose();
        await _server.DisposeAsync();
    }

    private void Serve(WebApplication server)
    {
        server.MapGet("/stream", async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await _mayEnd.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("last");
        });
        server.MapFallback(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            await context.Response.WriteAsync("ok");
        });
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_broken_connection_is_the_business_of_its_peers_and_of_nobody_else(string shape, byte[] frames, bool isLost)
    {
        Respond("/smuggled");
        using var other = await ConnectAsync(_proxy.Port);
        await AskAsync(other, 1);
        using var client = await ConnectAsync(_proxy.Port);
        await client.SendAsync(frames, isLost ? Request(99, "/smuggled") : []);
        client.EndSending();
        await client.DrainAsync();

        Assert.Empty(_proxy.Events("proxy"));
        Assert.True(_proxy.Events("proxy_parse_error").Count == (isLost ? 1 : 0), shape);
        await AskAsync(other, 3);
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_broken_connection_on_which_a_rule_has_acted_ends_when_it_is_lost(string shape, byte[] frames, bool isLost)
    {
        Respond("/smuggled");
        using var other = await ConnectAsync(_proxy.Port);
        using var client = await ConnectAsync(_proxy.Port);
        await client.SendAsync(Request(1, "/smuggled"));
        await client.AnsweredAsync(1);
        await client.SendAsync(frames, isLost ? Request(99, "/smuggled") : []);
        client.EndSending();
        await client.DrainAsync();

        Assert.Single(_proxy.Events("proxy"));
        Assert.True(!isLost || _proxy.Events("proxy_parse_error").Count == 1, shape);
        await AskAsync(other, 1);
    }

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\n")]
    [InlineData("\0\0\0\u0004\0\0\0\0\0")]
    [InlineData("nothing that is known\n\n")]
    public async Task A_client_without_the_preface_is_not_the_proxys_to_judge(string opening)
    {
        Respond("*");
        using var client = await ConnectAsync(_proxy.Port, withPreface: false);
        await client.SendAsync(Hostility.Bytes(opening));
        client.EndSending();
        await client.DrainAsync();

        Assert.Empty(_proxy.Events("proxy"));
        using var other = await ConnectAsync(_proxy.Port);
    }

    [Theory]
    [MemberData(nameof(Floods))]
    [Trait("Category", "Slow")]
    public async Task A_flood_takes_no_memory_and_holds_up_no_other_connection(string kind, byte[] frame)
    {
        Respond("/never");
        var piece = Enumerable.Repeat(frame, 1000).SelectMany(f => f).ToArray();
        using var other = await ConnectAsync(_proxy.Port);
        await AskAsync(other, 1);
        var before = Footprint.Now;
        using (var client = await ConnectAsync(_proxy.Port))
        {
            await client.SendAsync(Request(1, "/stream"));
            var reading = client.DrainAsync();
            for (var i = 0; i < 100; i++)
            {
                await client.SendAsync(piece);
            }

            await AskAsync(other, 3);
            client.EndSending();
        }

        before.AssertRegained();
        Assert.True(_proxy.Events("proxy").Count == 0, kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Category", "Slow")]
    public async Task Streams_that_are_reset_at_once_leave_nothing_behind(bool withRule)
    {
        if (withRule)
        {
            _proxy.Open(new ProxyFault { Action = ProxyAction.Delay, Delay = Long, Matcher = On("/a") });
        }

        using var other = await ConnectAsync(_proxy.Port);
        using var client = await ConnectAsync(_proxy.Port);
        var reading = client.DrainAsync();
        var before = Footprint.Now;

        // Streams that a rule still acts on count against the 10,000 that a connection may have.
        var streams = withRule ? 9_500 : 40_000;
        for (uint id = 1; id < 2 * streams; id += 200)
        {
            await client.SendAsync([.. Enumerable.Range(0, 100).SelectMany(i => new[]
            {
                Request(id + ((uint)i * 2), "/a"),
                Frame(FrameType.ResetStream, 0, id + ((uint)i * 2), Number(8)),
            })]);
        }

        await AskAsync(other, 1, "/b");
        if (withRule)
        {
            await EventuallyAsync(() => _proxy.Events("proxy").Count >= streams);
            _proxy.BeginTest();
        }

        before.AssertRegained();
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Streams_that_a_rule_has_answered_leave_nothing_behind()
    {
        Respond("/tea");
        using var client = await ConnectAsync(_proxy.Port);
        await client.SendAsync(Request(1, "/tea"));
        await client.AnsweredAsync(1);
        var before = Footprint.Now;
        for (uint id = 3; id < 60_000; id += 200)
        {
            await client.SendAsync([.. Enumerable.Range(0, 100).Select(i => Request(id + ((uint)i * 2), "/tea", more: new HeaderField("x", new string('x', 2000))))]);
            await client.AnsweredAsync(id + 198);
        }

        await EventuallyAsync(() => _proxy.Events("proxy").Count >= 30_000);
        _proxy.BeginTest();
        before.AssertRegained();
        await AskAsync(client, 70_001);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Streams_that_pass_after_a_rule_has_acted_leave_nothing_behind()
    {
        Respond("/tea");
        using var client = await ConnectAsync(_proxy.Port);
        await AskAsync(client, 1, "/tea");
        await client.SendAsync(Frame(FrameType.WindowUpdate, 0, 0, Number(1 << 30)));
        var before = Footprint.Now;
        for (uint id = 3; id < 400_000; id += 40)
        {
            var batch = Enumerable.Range(0, 20).Select(i => id + ((uint)i * 2)).ToHashSet();
            await client.SendAsync([.. batch.Select(s => Request(s, "/a"))]);
            await client.UntilAsync(h => h.Has(FrameFlags.EndStream) && batch.Remove(h.StreamId) && batch.Count == 0);
        }

        before.AssertRegained();
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Held_streams_and_held_data_are_bounded()
    {
        _proxy.Open(
            new ProxyFault { Action = ProxyAction.Delay, Delay = Long, Matcher = On("/a") },
            new ProxyFault { Action = ProxyAction.Error, Matcher = new MessageMatcher { Path = new MessageGlob("/body"), Body = "never"u8.ToArray() } });
        using var other = await ConnectAsync(_proxy.Port);
        var before = Footprint.Now;
        using (var many = await ConnectAsync(_proxy.Port))
        {
            await many.SendAsync([.. Enumerable.Range(0, 10_001).Select(i => Request(1 + ((uint)i * 2), "/a"))]);
            await many.DrainAsync();
        }

        Assert.Contains("streams at once", (await _proxy.EventAsync("proxy_parse_error")).Field("reason")!, StringComparison.Ordinal);
        using (var large = await ConnectAsync(_proxy.Port))
        {
            await large.SendAsync(Request(1, "/a", ends: false, "POST"));
            var data = Frame(FrameType.Data, 0, 1, new byte[16_384]);
            for (var i = 0; i < 5000; i++)
            {
                await large.SendAsync(data);
            }

            await large.DrainAsync();
        }

        await _proxy.EventAsync("proxy_parse_error", e => e.Field("reason")!.Contains("64 MiB", StringComparison.Ordinal));
        await AskAsync(other, 1);
        _proxy.BeginTest();
        before.AssertRegained();
    }

    [Fact]
    public async Task A_frame_on_a_stream_that_is_over_never_meets_another_one()
    {
        _proxy.Open(new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMilliseconds(200), Matcher = On("/stream") });
        using var client = await ConnectAsync(_proxy.Port);

        // The delayed stream is the third one toward the service, so that it has the number of a later one of the client.
        await client.SendAsync(Request(1, "/stream"), Request(3, "/a"));
        await client.AnsweredAsync(3);
        await client.UntilAsync(h => h is { StreamId: 1, Type: FrameType.Data });
        await client.SendAsync(Request(5, "/b"));
        await client.AnsweredAsync(5);
        await client.SendAsync(
            Frame(FrameType.WindowUpdate, 0, 5, Number(1)),
            Frame(FrameType.Priority, 0, 5, 0, 0, 0, 0, 1),
            Frame(FrameType.ResetStream, 0, 5, Number(8)),
            Request(7, "/c"));
        await client.AnsweredAsync(7);
        _mayEnd.SetResult();

        var last = await client.UntilAsync(h => h is { StreamId: 1, Type: FrameType.Data or FrameType.ResetStream });
        Assert.Equal("last", Encoding.ASCII.GetString(last));
    }

    [Fact]
    public async Task Random_damage_to_frames_never_ends_the_proxy()
    {
        Respond("/tea");
        byte[] healthy =
        [
            .. Request(1, "/a"), .. Request(3, "/tea", ends: false, "POST"), .. Frame(FrameType.Data, FrameFlags.EndStream, 3, new byte[100]),
            .. Frame(FrameType.WindowUpdate, 0, 0, Number(5)), .. Frame(FrameType.Ping, 0, 0, new byte[8]), .. Request(5, "/tea"), .. Request(7, "/c"),
        ];
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var damaged = healthy.ToArray();
            for (var i = random.Next(1, 5); i > 0; i--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            using var client = await ConnectAsync(_proxy.Port);
            await client.SendAsync(damaged);
            client.EndSending();
            await client.DrainAsync();
        }

        using var other = await ConnectAsync(_proxy.Port);
        await AskAsync(other, 1);
    }

    private static MessageMatcher On(string path) => new() { Path = new MessageGlob(path) };

    private static async Task AskAsync(FrameClient client, uint stream, string path = "/well")
    {
        await client.SendAsync(Request(stream, path));
        await client.AnsweredAsync(stream);
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>A small block that adds an entry of 3 KiB to the table and names it ten thousand times.</summary>
    private static byte[] Bomb()
    {
        byte[] block = [0x40, 0x01, (byte)'x', 0x7F, 0x81, 0x17, .. Enumerable.Repeat((byte)'a', 3072), .. Enumerable.Repeat((byte)0xBE, 10_000)];
        return Frame(FrameType.Headers, FrameFlags.EndHeaders, 1, block);
    }

    private static byte[] Continued(int pieces, int size)
    {
        var piece = Frame(FrameType.Continuation, 0, 1, new byte[size]);
        return [.. Frame(FrameType.Headers, 0, 1, Block("/a")), .. Enumerable.Repeat(piece, pieces).SelectMany(f => f)];
    }

    private void Respond(string path) =>
        _proxy.Open(new ProxyFault { Action = ProxyAction.Respond, Status = "418", Matcher = On(path) });
}
