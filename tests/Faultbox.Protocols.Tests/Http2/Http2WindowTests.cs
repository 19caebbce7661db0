using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Tests.Hostile;
using Faultbox.Protocols.Tests.Relay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Faultbox.Protocols.Tests.Http2;

/// <summary>What rules hold takes no window from other streams, with peers that give the least credit there is.</summary>
public sealed class Http2WindowTests : IAsyncLifetime
{
    private const int Least = 65_535;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;
    private KestrelPeer _server = null!;
    private RelayHarness _relay = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KestrelPeer.StartAsync(HttpProtocols.Http2, Serve, limits =>
        {
            limits.Http2.InitialConnectionWindowSize = Least;
            limits.Http2.InitialStreamWindowSize = Least;
        });
        _relay = new RelayHarness("http2", _server.Port);
        _client = Client(_relay);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _relay.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static void Serve(WebApplication server)
    {
        server.MapGet("/{size:int}", (HttpContext context, int size) => context.Response.Body.WriteAsync(new byte[size]).AsTask());
        server.MapPost("/echo", context => context.Request.Body.CopyToAsync(context.Response.Body));
        server.MapFallback(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            await context.Response.WriteAsync($"{body.Length}");
        });
    }

    [Theory]
    [InlineData("needle", 500)]
    [InlineData("nowhere", 200)]
    public async Task Many_uploads_at_once_are_decided_by_their_bodies(string text, int status)
    {
        const int Uploads = 12;
        _relay.Open(OnBody(text));

        var answers = await Task.WhenAll(Enumerable.Range(0, Uploads).Select(i => UploadAsync(_client, $"/take/{i}", 200_000, _cancellation)));

        Assert.All(answers, a => Assert.Equal(status, (int)a.Status));
        Assert.All(answers, a => Assert.Equal(status == 200 ? "200000" : "", a.Body));
        Assert.Equal(status == 200 ? 0 : Uploads, _relay.Events("proxy").Count);
    }

    [Fact]
    public async Task Uploads_that_are_delayed_hold_up_no_other_one()
    {
        var window = _relay.Open(new ProxyFault
        {
            Action = ProxyAction.Delay,
            Delay = TimeSpan.FromHours(1),
            Matcher = new MessageMatcher { Path = new MessageGlob("/slow") },
        });
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
        var slow = Enumerable.Range(0, 4).Select(_ => UploadAsync(_client, "/slow", 200_000, leaving.Token)).ToList();
        Assert.True(SpinWait.SpinUntil(() => window.Rules[0].Fired == slow.Count, Limit));

        foreach (var _ in slow)
        {
            Assert.Equal("1000000", (await UploadAsync(_client, "/fast", 1_000_000, _cancellation)).Body);
        }

        // What was held of requests that their client gives up is credit again.
        await leaving.CancelAsync();
        await Task.WhenAll(slow).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Equal("1000000", (await UploadAsync(_client, "/fast", 1_000_000, _cancellation)).Body);
    }

    [Fact]
    public async Task An_upload_that_was_delayed_arrives_whole_beside_one_that_is_sent_back()
    {
        _relay.Open(new ProxyFault
        {
            Action = ProxyAction.Delay,
            Delay = TimeSpan.FromMilliseconds(50),
            Matcher = new MessageMatcher { Path = new MessageGlob("/slow*") },
        });

        var slow = Enumerable.Range(0, 8).Select(i => UploadAsync(_client, $"/slow/{i}", 500_000, _cancellation)).ToList();
        var echo = await UploadAsync(_client, "/echo", 2_000_000, _cancellation);

        Assert.Equal(2_000_000, echo.Body.Length);
        Assert.All(await Task.WhenAll(slow), a => Assert.Equal("500000", a.Body));
    }

    [Fact]
    public async Task An_answer_that_is_held_holds_up_no_other_one()
    {
        _relay.Open(new ProxyFault
        {
            Action = ProxyAction.Delay,
            Delay = TimeSpan.FromHours(1),
            OnResponse = true,
            Matcher = new MessageMatcher { Path = new MessageGlob("/1000000") },
        });
        using var client = await FrameClient.ConnectAsync(_relay.Port);

        await client.SendAsync(FrameClient.Request(1, "/1000000"));
        Assert.True(SpinWait.SpinUntil(() => _relay.Events("proxy").Count == 1, Limit));
        await client.SendAsync(FrameClient.Request(3, "/60000"));

        await client.AnsweredAsync(3);
    }

    /// <summary>The client sends nothing of the body before it is told to, which the service does not do as long as it has not seen the request.</summary>
    [Theory]
    [InlineData("needle", 500)]
    [InlineData("nowhere", 200)]
    public async Task A_client_that_waits_to_be_told_sends_the_body_that_a_rule_asks_for(string text, int status)
    {
        using var client = Client(_relay, new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromHours(1) });
        client.DefaultRequestHeaders.ExpectContinue = true;
        _relay.Open(OnBody(text));

        Assert.Equal(status, (int)(await UploadAsync(client, "/take", 100_000, _cancellation)).Status);
    }

    /// <summary>The window of a stream may be smaller than the part of a body that rules see.</summary>
    [Fact]
    public async Task A_service_with_small_windows_gets_its_bodies()
    {
        await using var server = await Nghttpd.StartAsync("-w", "14");
        await using var relay = new RelayHarness("http2", server.Port);
        relay.Open(OnBody("nowhere"));
        using var client = Client(relay);

        Assert.Equal("ok", (await UploadAsync(client, "/index.html", 100_000, _cancellation)).Body);
    }

    /// <summary>
    /// A service may give credit for a body only when it has seen the request, which it does not as long as a rule waits for the body: the request
    /// passes, and an event says that the rule was not asked.
    /// </summary>
    [Fact]
    public async Task A_service_that_gives_no_credit_beforehand_gets_its_bodies()
    {
        using var server = new RecordingPeer((socket, _) => GrantLateAsync(socket, afterPing: false));
        await using var relay = new RelayHarness("http2", server.Port);
        relay.Open(OnBody("needle"));
        using var client = await FrameClient.ConnectAsync(relay.Port);
        await client.UntilAsync(h => h.Type == FrameType.Settings);

        await client.SendAsync(FrameClient.Request(1, "/take", ends: false, method: "POST"));
        await client.UntilAsync(h => h is { Type: FrameType.WindowUpdate, StreamId: 1 });
        await client.SendAsync(FramePayload.Data(1, endStream: true, "needle"u8));
        await client.AnsweredAsync(1);

        Assert.Contains("no credit for bodies", Assert.Single(relay.Events("proxy_parse_error")).Field("reason"), StringComparison.Ordinal);
    }

    /// <summary>The client knows that it may send nothing when the rule already waits for its body.</summary>
    [Fact]
    public async Task A_service_that_takes_its_credit_back_while_a_rule_waits_gets_its_bodies()
    {
        using var server = new RecordingPeer((socket, _) => GrantLateAsync(socket, afterPing: true));
        await using var relay = new RelayHarness("http2", server.Port);
        relay.Open(OnBody("needle"));
        using var client = await FrameClient.ConnectAsync(relay.Port);

        await client.SendAsync(FrameClient.Request(1, "/take", ends: false, method: "POST"), FrameClient.Frame(FrameType.Ping, 0, 0, new byte[8]));
        await client.UntilAsync(h => h is { Type: FrameType.WindowUpdate, StreamId: 1 });
        await client.SendAsync(FramePayload.Data(1, endStream: true, "needle"u8));
        await client.AnsweredAsync(1);

        Assert.Single(relay.Events("proxy_parse_error"));
    }

    /// <summary>An HTTP/2 service whose streams begin without credit and get it with their heads.</summary>
    private static async Task GrantLateAsync(Socket socket, bool afterPing)
    {
        byte[] settings = FrameClient.Frame(FrameType.Settings, 0, 0, [0, 4, 0, 0, 0, 0]);
        var preface = new byte[24];
        for (var read = 0; read < preface.Length; read += await socket.ReceiveAsync(preface.AsMemory(read)))
        {
        }

        using var peer = new FrameClient(socket);
        if (!afterPing)
        {
            await peer.SendAsync(settings);
        }

        while (await peer.NextAsync() is { Header: var header })
        {
            await peer.SendAsync(header switch
            {
                { Type: FrameType.Ping } => settings,
                { Type: FrameType.Headers } => FramePayload.WindowUpdate(header.StreamId, 1_000),
                { Type: FrameType.Data } when header.Has(FrameFlags.EndStream) =>
                    FramePayload.HeaderFrames(FrameType.Headers, header.StreamId, endStream: true, HpackEncoder.Encode([new(":status", "200")]), 16_384),
                _ => [],
            });
        }
    }

    private static ProxyFault OnBody(string text) => new() { Action = ProxyAction.Error, Matcher = new MessageMatcher { Body = System.Text.Encoding.UTF8.GetBytes(text) } };

    private static HttpClient Client(RelayHarness relay) => Client(relay, new SocketsHttpHandler { EnableMultipleHttp2Connections = false });

    private static HttpClient Client(RelayHarness relay, SocketsHttpHandler handler) => new(handler)
    {
        BaseAddress = new Uri($"http://127.0.0.1:{relay.Port}"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private async Task<(HttpStatusCode Status, string Body)> UploadAsync(HttpClient client, string path, int length, CancellationToken cancellation)
    {
        var body = new byte[length];
        "needle"u8.CopyTo(body);
        using var answer = await client.PostAsync(path, new DuplexContent(body), cancellation).WaitAsync(Limit, cancellation);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation).WaitAsync(Limit, cancellation));
    }

    /// <summary>A body that is sent while the answer is read, as services that send it back need it.</summary>
    private sealed class DuplexContent(byte[] body) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(body).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
