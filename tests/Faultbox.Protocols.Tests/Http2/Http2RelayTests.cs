using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Faultbox.Core.Faults;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Tests.Hostile;
using Faultbox.Protocols.Tests.Relay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Faultbox.Protocols.Tests.Http2;

/// <summary>HTTP/2 in clear text between real clients (HttpClient, nghttp, h2load, curl) and a real Kestrel server.</summary>
public sealed class Http2RelayTests : IAsyncLifetime
{
    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;
    private readonly List<string> _served = [];
    private readonly TaskCompletionSource _mayEnd = new();
    private KestrelPeer _server = null!;
    private RelayHarness _relay = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KestrelPeer.StartAsync(HttpProtocols.Http2, Serve, limits => limits.MaxRequestBodySize = null);
        _relay = new RelayHarness("http2", _server.Port);
        _client = new HttpClient(new SocketsHttpHandler { EnableMultipleHttp2Connections = false })
        {
            BaseAddress = new Uri(Url("/")),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    public async ValueTask DisposeAsync()
    {
        _mayEnd.TrySetResult();
        _client.Dispose();
        await _relay.DisposeAsync();
        await _server.DisposeAsync();
    }

    private void Serve(WebApplication server)
    {
        server.MapGet("/stream", async context =>
        {
            context.Response.DeclareTrailer("x-sum");
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await _mayEnd.Task;
            context.Response.AppendTrailer("x-sum", "42");
            await context.Response.WriteAsync("last");
        });
        server.MapGet("/big", context => context.Response.Body.WriteAsync(new byte[5_000_000]).AsTask());
        server.MapFallback(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            lock (_served)
            {
                _served.Add($"{context.Request.Method} {context.Request.Path}");
            }

            await context.Response.WriteAsync($"{context.Request.Path} {body.Length} {context.Request.Headers["x-n"]}");
        });
    }

    [Fact]
    public async Task A_service_that_speaks_first_is_heard_before_the_client_says_anything()
    {
        await using var server = await Nghttpd.StartAsync();
        using var proxy = new ProxyFixture("http2", server.Port);
        using var client = await FrameClient.ConnectAsync(proxy.Port, withPreface: false);
        await client.UntilAsync(h => h is { Type: FrameType.Settings, Flags: FrameFlags.None });

        await client.SendAsync(FrameClient.Preface, FrameClient.Request(1, "/"));
        await client.AnsweredAsync(1);
        Assert.Empty(proxy.Events("proxy_parse_error"));
    }

    [Fact]
    public async Task Streams_pass_in_both_directions_with_trailers_and_without_buffering()
    {
        using var answer = await _client.GetAsync("/stream", HttpCompletionOption.ResponseHeadersRead, _cancellation);
        var body = await answer.Content.ReadAsStreamAsync(_cancellation);
        var first = new byte[5];
        await body.ReadExactlyAsync(first, _cancellation);
        Assert.Equal("first", Encoding.ASCII.GetString(first));

        _mayEnd.SetResult();

        Assert.Equal("last", await new StreamReader(body).ReadToEndAsync(_cancellation));
        Assert.Equal("42", answer.TrailingHeaders.GetValues("x-sum").Single());
        Assert.Equal(HttpVersion.Version20, answer.Version);
    }

    [Fact]
    public async Task Large_bodies_pass_both_ways()
    {
        using var upload = await _client.PostAsync("/up", new ByteArrayContent(new byte[3_000_000]), _cancellation);
        Assert.Equal("/up 3000000 ", await upload.Content.ReadAsStringAsync(_cancellation));
        Assert.Equal(5_000_000, (await _client.GetByteArrayAsync("/big", _cancellation)).Length);
    }

    [Fact]
    public async Task A_rule_answers_its_stream_and_the_connection_goes_on()
    {
        using var before = await SendAsync("GET", "/a", n: "1");
        _relay.Open(new ProxyFault { Action = ProxyAction.Respond, Status = "429", Body = "slow down"u8.ToArray(), Matcher = On("/jobs*") });

        using var limited = await SendAsync("POST", "/jobs/1", n: "2", body: new byte[100_000]);
        var after = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => SendAsync("GET", $"/after/{i}", n: i.ToString(CultureInfo.InvariantCulture))));

        Assert.Equal((HttpStatusCode)429, limited.StatusCode);
        Assert.Equal("slow down", await limited.Content.ReadAsStringAsync(_cancellation));
        for (var i = 0; i < after.Length; i++)
        {
            Assert.Equal($"/after/{i} 0 {i}", await after[i].Content.ReadAsStringAsync(_cancellation));
            after[i].Dispose();
        }

        Assert.DoesNotContain("POST /jobs/1", _served);
        var acted = Assert.Single(_relay.Events("proxy"));
        Assert.Equal(
            "action=respond protocol=http2 method=POST path=/jobs/1 status=429 interface=web consumer=shop rule=up.web:respond conn_id=00000001",
            string.Join(' ', acted.Fields.Select(f => $"{f.Name}={f.Value}")));
    }

    [Fact]
    public async Task A_dropped_stream_is_reset_and_the_connection_serves_the_next_one()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Drop, Matcher = On("/d") });

        var failed = await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync("GET", "/d"));
        using var other = await SendAsync("GET", "/other");

        Assert.Equal(2, Assert.IsType<HttpProtocolException>(failed.InnerException).ErrorCode);
        Assert.Equal("/other 0 ", await other.Content.ReadAsStringAsync(_cancellation));
        Assert.Equal("00000001", _relay.Events("proxy").Single().Field("conn_id"));
        Assert.Single(_relay.Events("proxy_handshake_complete"));
    }

    [Fact]
    public async Task A_drop_may_name_its_code_or_end_the_connection()
    {
        _relay.Open(
            new ProxyFault { Action = ProxyAction.Drop, Code = "CANCEL", Matcher = On("/cancel") },
            new ProxyFault { Action = ProxyAction.Drop, DropMode = DropMode.Close, Matcher = On("/close") });

        var cancelled = await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync("GET", "/cancel"));
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync("POST", "/close", body: [1]));

        Assert.Equal(8, Assert.IsType<HttpProtocolException>(cancelled.InnerException).ErrorCode);
    }

    [Fact]
    public async Task A_delayed_stream_holds_up_no_other_one()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromHours(1), Matcher = On("/slow") });
        using var patience = new CancellationTokenSource();
        var slow = _client.SendAsync(Request("POST", "/slow", body: new byte[30_000]), patience.Token);
        while (_relay.Events("proxy").Count == 0)
        {
            await Task.Delay(5, _cancellation);
        }

        for (var i = 0; i < 20; i++)
        {
            using var fast = await SendAsync("POST", $"/fast/{i}", n: "f", body: new byte[1000]);
            Assert.Equal($"/fast/{i} 1000 f", await fast.Content.ReadAsStringAsync(_cancellation));
        }

        Assert.False(slow.IsCompleted, "the others are served first");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow);
        using var next = await SendAsync("GET", "/next", n: "n");
        Assert.Equal("/next 0 n", await next.Content.ReadAsStringAsync(_cancellation));
    }

    [Fact]
    public async Task A_delayed_stream_arrives_late_and_whole()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMilliseconds(200), Matcher = On("/slow") });
        var clock = Stopwatch.StartNew();

        using var answer = await SendAsync("POST", "/slow", n: "s", body: new byte[30_000]);

        Assert.Equal("/slow 30000 s", await answer.Content.ReadAsStringAsync(_cancellation));
        Assert.True(clock.ElapsedMilliseconds >= 200);
    }

    [Fact]
    public async Task On_response_the_service_acts_and_the_client_does_not_learn_it()
    {
        _relay.Open(
            new ProxyFault { Action = ProxyAction.Error, Status = "504", OnResponse = true, Matcher = On("/pay"), Trigger = new Trigger(TriggerKind.Nth, 1) },
            new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMilliseconds(200), OnResponse = true, Matcher = On("/late") });

        using var lost = await SendAsync("POST", "/pay", body: [1]);
        using var retried = await SendAsync("POST", "/pay", body: [1]);
        var clock = Stopwatch.StartNew();
        using var late = await SendAsync("GET", "/late");

        Assert.Equal(HttpStatusCode.GatewayTimeout, lost.StatusCode);
        Assert.Equal(HttpStatusCode.OK, retried.StatusCode);
        Assert.Equal("/late 0 ", await late.Content.ReadAsStringAsync(_cancellation));
        Assert.True(clock.ElapsedMilliseconds >= 200);
        Assert.Equal(["POST /pay", "POST /pay", "GET /late"], _served);
    }

    [Fact]
    public async Task A_rule_on_the_body_waits_for_it()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Error, Status = "422", Matcher = new MessageMatcher { Body = "needle"u8.ToArray() } });

        using var hit = await SendAsync("POST", "/", body: Encoding.ASCII.GetBytes("hay needle hay"));
        using var miss = await SendAsync("POST", "/x", body: new byte[200_000]);

        Assert.Equal((HttpStatusCode)422, hit.StatusCode);
        Assert.Equal("/x 200000 ", await miss.Content.ReadAsStringAsync(_cancellation));
    }

    [Fact]
    public async Task Answers_larger_than_the_windows_of_the_client_arrive_whole_beside_data_of_the_service()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Respond, Status = "200", Body = new byte[3_000_000], Matcher = On("/mine") });

        var both = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => _client.GetByteArrayAsync(i % 2 == 0 ? "/mine" : "/big", _cancellation)));

        Assert.Equal([3_000_000, 5_000_000, 3_000_000, 5_000_000, 3_000_000, 5_000_000, 3_000_000, 5_000_000], both.Select(b => b.Length));
    }

    [Fact]
    public async Task H2load_meets_rules_on_some_of_many_concurrent_streams()
    {
        var window = _relay.Open(
            new ProxyFault { Action = ProxyAction.Error, Status = "503", Trigger = new Trigger(TriggerKind.Every, 10), Matcher = On("/load") });

        var report = await RunAsync("h2load", "-n", "5000", "-c", "4", "-m", "50", Url("/load"));

        Assert.True(report.Contains("4500 2xx, 0 3xx, 0 4xx, 500 5xx", StringComparison.Ordinal), report);
        Assert.Contains("5000 done, 4500 succeeded", report, StringComparison.Ordinal);
        Assert.Equal(500, window.Rules[0].Fired);
    }

    [Fact]
    public async Task Nghttp_and_curl_are_served_and_HTTP1_clients_are_not_turned_away_by_the_proxy()
    {
        Assert.Contains("/n 0", await RunAsync("nghttp", Url("/n")), StringComparison.Ordinal);
        Assert.Equal("/c 0 ", await RunAsync("curl", "-s", "--http2-prior-knowledge", Url("/c")));
        Assert.Contains("HTTP/1.1 4", await RunAsync("curl", "-s", "-i", "--http1.1", Url("/one")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_step_speaks_HTTP2()
    {
        var response = await Task.Run(() => ProtocolRegistry.Find("http2")!.Step(new StepRequest("127.0.0.1", _relay.Port, "get", [new("path", "/s")]), _cancellation));

        Assert.Equal("/s 0", response.Text);
        Assert.Contains(new("proto", "HTTP/2.0"), response.Fields);
        Assert.Null(ProtocolRegistry.Find("http2")!.Probe(new ProbeRequest("127.0.0.1", _relay.Port, null, TimeSpan.FromSeconds(5)), _cancellation));
    }

    private static MessageMatcher On(string path) => new() { Path = new MessageGlob(path) };

    private string Url(string path) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_relay.Port}{path}");

    private Task<HttpResponseMessage> SendAsync(string method, string path, string? n = null, byte[]? body = null) =>
        _client.SendAsync(Request(method, path, n, body), _cancellation).WaitAsync(TimeSpan.FromSeconds(30), _cancellation);

    private static HttpRequestMessage Request(string method, string path, string? n = null, byte[]? body = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Parse(method), path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body is null ? null : new ByteArrayContent(body),
        };
        if (n is not null)
        {
            request.Headers.Add("x-n", n);
        }

        return request;
    }

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync(_cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(_cancellation).WaitAsync(TimeSpan.FromSeconds(60), _cancellation);
        await process.WaitForExitAsync(_cancellation);
        await error;
        return output;
    }
}
