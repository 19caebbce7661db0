using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Tests.Http2;
using Faultbox.Protocols.Tests.Relay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using static Faultbox.Protocols.Tests.Hostile.FrameClient;

namespace Faultbox.Protocols.Tests.Hostile;

/// <summary>The servers that the shapes are sent to: Kestrel and nghttpd.</summary>
public sealed class ConformingServers : IAsyncLifetime
{
    private KestrelPeer _kestrel = null!;
    private Nghttpd _nghttpd = null!;

    public int PortOf(string server) => server == "nghttpd"
        ? _nghttpd.Port
        : _kestrel.Port;

    public async ValueTask InitializeAsync()
    {
        _kestrel = await KestrelPeer.StartAsync(HttpProtocols.Http2, Serve);
        _nghttpd = await Nghttpd.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _nghttpd.DisposeAsync();
        await _kestrel.DisposeAsync();
    }

    private static void Serve(WebApplication server)
    {
        server.MapFallback(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            await context.Response.WriteAsync("ok");
        });
    }
}

/// <summary>
/// What servers make of frames that keep or break the rules of HTTP/2 is the same through a proxy as without one. Once a rule has acted on the
/// connection the proxy takes part in it: then it is the same, or what the rules of HTTP/2 demand.
/// </summary>
public sealed class Http2ConformanceTests(ConformingServers servers) : IClassFixture<ConformingServers>
{
    private static readonly byte[] s_lastPing = [9, 9, 9, 9, 9, 9, 9, 9];

    public static IEnumerable<TheoryDataRow<string, string>> Shapes =>
        from shape in ConformanceShape.All from server in new[] { "Kestrel", "nghttpd" } select new TheoryDataRow<string, string>(server, shape.Name);

    public static IEnumerable<TheoryDataRow<string, string>> ShapesOfConnections =>
        from shape in ConformanceShape.All
        where shape.State != StreamState.NoConnection
        from server in new[] { "Kestrel", "nghttpd" }
        select new TheoryDataRow<string, string>(server, shape.Name);

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Item_34_the_outcome_is_the_same_as_without_a_proxy(string server, string name)
    {
        var shape = ConformanceShape.All.Single(s => s.Name == name);
        var port = servers.PortOf(server);
        using var proxy = new ProxyFixture("http2", port);

        Assert.Equal(await PlayAsync(port, shape), await PlayAsync(proxy.Port, shape));
    }

    [Theory]
    [MemberData(nameof(ShapesOfConnections))]
    public async Task Item_34_a_proxy_that_takes_part_keeps_the_rules(string server, string name)
    {
        var shape = ConformanceShape.All.Single(s => s.Name == name);
        var port = servers.PortOf(server);
        using var proxy = new ProxyFixture("http2", port);
        proxy.Open(new ProxyFault { Action = ProxyAction.Respond, Status = "418", Matcher = new MessageMatcher { Path = new MessageGlob("/tea") } });

        var direct = await PlayAsync(port, shape, first: "/");
        var through = await PlayAsync(proxy.Port, shape, first: "/tea");
        Assert.Single(proxy.Events("proxy"));
        Assert.True(
            through == direct
                || (shape.Demanded.Length == 0 && through.StartsWith("alive", StringComparison.Ordinal))
                || shape.Demanded.Any(code => through == $"connection {code}" || through == $"stream {code}"),
            $"{direct} of the server, {through} of the proxy");
    }

    /// <summary>Sends a shape, after one request if any, and tells what came of it.</summary>
    private static async Task<string> PlayAsync(int port, ConformanceShape shape, string? first = null)
    {
        using var client = await ConnectAsync(port, withPreface: false);
        uint stream = 1;
        if (shape.State != StreamState.NoConnection)
        {
            await client.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), Settings(shape));
        }

        if (first is not null)
        {
            await client.SendAsync(Request(stream, first), Frame(FrameType.WindowUpdate, 0, stream, Number(1000)));
            await client.AnsweredAsync(stream);
            stream += 2;
        }

        await BeginAsync(client, shape.State, stream);
        await client.SendAsync(shape.Frames(stream), Frame(FrameType.Ping, 0, 0, s_lastPing));
        return await OutcomeAsync(client, shape, stream);
    }

    /// <summary>Settings without credit for answers, where one is to wait.</summary>
    private static byte[] Settings(ConformanceShape shape) =>
        shape.State == StreamState.HalfClosed ? Frame(FrameType.Settings, 0, 0, 0, 4, 0, 0, 0, 0) : Frame(FrameType.Settings, 0, 0);

    private static async Task BeginAsync(FrameClient client, StreamState state, uint stream)
    {
        switch (state)
        {
            case StreamState.Open:
                await client.SendAsync(Request(stream, "/", ends: false, "POST"));
                break;
            case StreamState.HalfClosed:
                await client.SendAsync(Request(stream, "/"));
                await client.UntilAsync(h => h.Type == FrameType.Headers && h.StreamId == stream);
                break;
            case StreamState.Closed:
                await client.SendAsync(Request(stream, "/"));
                await client.AnsweredAsync(stream);
                break;
            case StreamState.Reset:
                await client.SendAsync(Request(stream, "/", ends: false, "POST"), Frame(FrameType.ResetStream, 0, stream, Number(8)));
                break;
            default:
                break;
        }
    }

    private static async Task<string> OutcomeAsync(FrameClient client, ConformanceShape shape, uint stream)
    {
        var status = string.Empty;
        var isAlive = false;
        var isAnswered = !shape.IsWatched;
        while (!isAlive || !isAnswered)
        {
            if (await client.NextAsync() is not { } frame)
            {
                return "closed";
            }

            switch (frame.Header.Type)
            {
                case FrameType.GoAway when Code(frame.Payload.AsSpan(4)) is not Http2Error.NoError and var code:
                    return $"connection {code}";
                case FrameType.ResetStream when Code(frame.Payload) is not Http2Error.NoError and var code:
                    return $"stream {code}";
                case FrameType.Headers when shape.IsWatched && frame.Header.StreamId == stream:
                    status = client.LastHead[0].Text;
                    break;
                case FrameType.Ping when frame.Header.Has(FrameFlags.EndStream) && frame.Payload.AsSpan().SequenceEqual(s_lastPing):
                    isAlive = true;
                    break;
                default:
                    break;
            }

            isAnswered |= frame.Header.StreamId == stream && (frame.Header.Has(FrameFlags.EndStream) || frame.Header.Type == FrameType.ResetStream);
        }

        return $"alive {status}";
    }

    private static Http2Error Code(ReadOnlySpan<byte> payload) =>
        (Http2Error)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(payload);
}
