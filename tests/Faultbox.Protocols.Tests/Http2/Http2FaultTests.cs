using System.Diagnostics;
using System.Globalization;
using System.Net;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Faultbox.Protocols.Tests.Http2;

/// <summary>Faults on the messages of HTTP/2 between a Kestrel server and curl and HttpClient.</summary>
public sealed class Http2FaultTests : IAsyncLifetime
{
    private const int StreamError = 92;
    private const int ProtocolEnded = 16;
    private const int StatusOfAnError = 22;

    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;
    private readonly List<string> _served = [];
    private KestrelPeer _server = null!;
    private RelayHarness _relay = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KestrelPeer.StartAsync(HttpProtocols.Http2, Serve);
        _relay = new RelayHarness("http2", _server.Port);
        _client = new HttpClient
        {
            BaseAddress = new Uri($"http://127.0.0.1:{_relay.Port}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _relay.DisposeAsync();
        await _server.DisposeAsync();
    }

    private void Serve(WebApplication server)
    {
        server.MapFallback(async context =>
        {
            lock (_served)
            {
                _served.Add($"{context.Request.Path} {context.Request.Headers["X-Ask"]}");
            }

            context.Response.Headers["X-Answer"] = "yes";
            context.Response.ContentLength = context.Request.Path.StartsWithSegments("/undeclared") ? null : 200_000;
            await context.Response.Body.WriteAsync(new byte[200_000]);
            if (context.Request.Path.StartsWithSegments("/undeclared"))
            {
                context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers["X-End"] = "yes";
            }
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_001)]
    public async Task A_truncated_body_ends_with_a_reset_of_its_stream_alone(int at)
    {
        Fault(new HttpTruncate(new BodyPoint(at, 0), Reset: false), "/cut");

        // curl does not count what it received together with the reset.
        var (code, size) = await CurlAsync("/cut");
        Assert.Equal(StreamError, code);
        Assert.InRange(size, at == 0 ? 0 : 1, at);
        for (var i = 0; i < 20; i++)
        {
            var failure = await Assert.ThrowsAnyAsync<Exception>(() => _client.GetByteArrayAsync("/cut", _cancellation));
            var io = failure as HttpProtocolException ?? failure.InnerException as HttpProtocolException;
            Assert.Equal(2, io?.ErrorCode);
        }

        // What was cut took no credit from the connection.
        Assert.Equal(200_000, (await _client.GetByteArrayAsync("/whole", _cancellation)).Length);
        Assert.Equal(2, _relay.Events("proxy_handshake_complete").Count);
        Assert.Equal($"action=truncate protocol=http2 method=GET path=/cut at={at} how=close", Event(0, 6));
    }

    [Theory]
    [InlineData("/declared", 200_000)]
    [InlineData("/declared", 300_000)]
    [InlineData("/undeclared", 300_000)]
    public async Task A_body_that_ends_before_the_cut_passes_and_the_rule_has_not_fired(string path, int at)
    {
        var rule = Fault(new HttpTruncate(new BodyPoint(at, 0), Reset: false), path);

        Assert.Equal((0, 200_000), await CurlAsync(path));
        using var answer = await _client.GetAsync(path, _cancellation);

        Assert.Equal(200_000, (await answer.Content.ReadAsByteArrayAsync(_cancellation)).Length);
        Assert.Equal(path == "/undeclared", answer.TrailingHeaders.Contains("X-End"));
        Assert.Equal((2, 0, 2), (rule.Matches, rule.Fired, rule.WithoutEffect));
        Assert.Empty(_relay.Events("proxy"));
    }

    [Fact]
    public async Task A_length_that_is_not_declared_stays_so()
    {
        var rule = Fault(new HttpContentLength(5), "/undeclared");

        Assert.Equal((0, 200_000), await CurlAsync("/undeclared"));

        Assert.Equal((1, 0, 1), (rule.Matches, rule.Fired, rule.WithoutEffect));
    }

    /// <summary>The service has not yet said anything by then, so that no client has seen its settings.</summary>
    [Fact]
    public async Task A_connection_that_ends_before_the_settings_is_not_called_invalid()
    {
        using var silent = new LineServer(_ => [], keepOpen: true);
        await using var relay = new RelayHarness("http2", silent.Port);
        relay.Open(new ProxyFault { Action = ProxyAction.Drop, DropMode = DropMode.Close });

        var step = ProtocolRegistry.Find("http2")!.Step(new StepRequest("127.0.0.1", relay.Port, "get", []), _cancellation);

        Assert.Equal((false, "connection closed before the response was complete"), (step.Success, step.Error));
    }

    [Fact]
    public async Task A_share_is_one_of_the_declared_length()
    {
        Fault(new HttpTruncate(new BodyPoint(null, 0.25), Reset: false), "/cut");

        var (code, size) = await CurlAsync("/cut");
        Assert.Equal(StreamError, code);
        Assert.InRange(size, 1, 50_000);
    }

    [Fact]
    public async Task Status_and_fields_are_other_ones_and_the_body_passes()
    {
        Fault(new HttpOtherStatus(503), "/status");
        Fault(new HttpHeaders(new FieldChange([new("X-Answer", "no")], [], ["server"]), OnRequest: false), "/fields");
        Fault(new HttpHeaders(new FieldChange([new("X-Ask", "9")], [], []), OnRequest: true), "/ask");

        using var status = await _client.GetAsync("/status", _cancellation);
        using var fields = await _client.GetAsync("/fields", _cancellation);
        using var ask = await _client.GetAsync("/ask", _cancellation);

        Assert.Equal((503, 200_000), ((int)status.StatusCode, (await status.Content.ReadAsByteArrayAsync(_cancellation)).Length));
        Assert.Equal("no", Assert.Single(fields.Headers.GetValues("x-answer")));
        Assert.Empty(fields.Headers.Server);
        Assert.Equal(["/status ", "/fields ", "/ask 9"], _served);
        Assert.Equal("action=status protocol=http2 method=GET path=/status status=503", Event(0, 5));
    }

    [Theory]
    [InlineData(-50_000, "150000")]
    [InlineData(1, "200001")]
    public async Task Another_length_is_declared_than_the_body_has(int delta, string declared)
    {
        Fault(new HttpContentLength(delta), "/length");

        // RFC 9113 section 8.1.1: such an answer is malformed, and its stream in error.
        Assert.Equal(StreamError, (await CurlAsync("/length")).ExitCode);
        using var answer = await _client.GetAsync("/length", HttpCompletionOption.ResponseHeadersRead, _cancellation);

        Assert.Equal(declared, answer.Content.Headers.ContentLength?.ToString(CultureInfo.InvariantCulture));
        Assert.Equal($"action=content_length protocol=http2 method=GET path=/length delta={delta}", Event(0, 5));
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task A_status_without_a_body_has_none(int status)
    {
        Fault(new HttpOtherStatus(status), "/none");

        Assert.Equal((0, 0), await CurlAsync("/none"));
        using var answer = await _client.GetAsync("/none", _cancellation);

        Assert.Equal((status, 0), ((int)answer.StatusCode, (await answer.Content.ReadAsByteArrayAsync(_cancellation)).Length));
        Assert.Equal(["/none ", "/none "], _served);
    }

    [Fact]
    public async Task A_status_makes_every_client_fail_although_the_service_acted()
    {
        Fault(new HttpOtherStatus(503), "/jobs");

        Assert.Equal(StatusOfAnError, (await CurlAsync("/jobs", "--fail")).ExitCode);
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetByteArrayAsync("/jobs", _cancellation));

        Assert.Equal((HttpRequestError.Unknown, HttpStatusCode.ServiceUnavailable), (failure.HttpRequestError, failure.StatusCode));
        Assert.Equal(["/jobs ", "/jobs "], _served);
    }

    [Fact]
    public async Task A_length_that_is_a_lie_is_noticed_by_curl_alone()
    {
        Fault(new HttpHeaders(new FieldChange([new("content-length", "300000")], [], []), OnRequest: false), "/lie");

        Assert.Equal(StreamError, (await CurlAsync("/lie")).ExitCode);
        Assert.Equal(200_000, (await _client.GetByteArrayAsync("/lie", _cancellation)).Length);
    }

    [Fact]
    public async Task A_delay_of_the_answer_comes_before_its_change()
    {
        _relay.Open(
            new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMilliseconds(200), OnResponse = true },
            new ProxyFault { Action = ProxyAction.Http, Http = new HttpOtherStatus(418) });
        var start = Stopwatch.StartNew();

        using var answer = await _client.GetAsync("/", _cancellation);

        Assert.Equal((418, 200_000), ((int)answer.StatusCode, (await answer.Content.ReadAsByteArrayAsync(_cancellation)).Length));
        Assert.True(start.ElapsedMilliseconds >= 190);
    }

    [Fact]
    public async Task A_change_that_leaves_everything_as_it_was_has_no_effect()
    {
        var absent = new FieldChange([], [], ["X-Nowhere"]);
        ActiveProxyRule[] rules =
        [
            Fault(new HttpOtherStatus(200), "/status"),
            Fault(new HttpHeaders(absent, OnRequest: false), "/answer"),
            Fault(new HttpHeaders(absent, OnRequest: true), "/request"),
        ];

        Assert.Equal((0, 200_000), await CurlAsync("/status"));
        Assert.Equal((0, 200_000), await CurlAsync("/answer"));
        Assert.Equal((0, 200_000), await CurlAsync("/request"));

        Assert.All(rules, r => Assert.Equal((1, 0, 1), (r.Matches, r.Fired, r.WithoutEffect)));
        Assert.Empty(_relay.Events("proxy"));
    }

    [Fact]
    public async Task A_delay_of_an_answer_that_never_comes_has_not_fired()
    {
        var rules = _relay.Open(
            new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMinutes(5), OnResponse = true },
            new ProxyFault { Action = ProxyAction.Error, Status = "503" }).Rules;

        using var answer = await _client.GetAsync("/", _cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal([(1, 0, 1), (1, 1, 0)], rules.Select(r => (r.Matches, r.Fired, r.WithoutEffect)));
        Assert.Equal("error", Assert.Single(_relay.Events("proxy")).Field("action"));
    }

    [Fact]
    public async Task A_goaway_has_fired_when_it_was_sent_and_not_for_the_streams_before()
    {
        var rule = Fault(new HttpGoAway("NO_ERROR", Graceful: true, AfterStreams: 3), "/*");

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(200_000, (await _client.GetByteArrayAsync($"/{i}", _cancellation)).Length);
        }

        Assert.Equal((2, 0), (rule.Matches, rule.Fired));
        Assert.Equal(200_000, (await _client.GetByteArrayAsync("/2", _cancellation)).Length);
        Assert.Equal((3, 1), (rule.Matches, rule.Fired));
    }

    [Fact]
    public async Task A_graceful_goaway_serves_its_stream_and_the_next_one_needs_another_connection()
    {
        Fault(new HttpGoAway("NO_ERROR", Graceful: true, AfterStreams: 2), "/*");

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(200_000, (await _client.GetByteArrayAsync($"/{i}", _cancellation)).Length);
        }

        Assert.Equal(2, _relay.Events("proxy_handshake_complete").Count);
        Assert.Equal(2, _relay.Events("proxy").Count);
        Assert.Equal("action=goaway protocol=http2 method=GET path=/1 code=NO_ERROR graceful=true", Event(0, 6));
        Assert.Equal((0, 200_000), await CurlAsync("/curl"));
    }

    [Fact]
    public async Task An_abrupt_goaway_fails_the_request_and_the_service_does_not_see_it()
    {
        Fault(new HttpGoAway("ENHANCE_YOUR_CALM", Graceful: false, AfterStreams: 1), "/away");

        var (code, _) = await CurlAsync("/away");
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync("/away", _cancellation));

        Assert.Equal(ProtocolEnded, code);
        Assert.Equal((HttpRequestError.HttpProtocolError, 11L), (failure.HttpRequestError, (failure.InnerException as HttpProtocolException)?.ErrorCode));
        Assert.Empty(_served);
    }

    private ActiveProxyRule Fault(HttpFault fault, string path) => Assert.Single(_relay.Open(
        new ProxyFault { Action = ProxyAction.Http, Http = fault, Matcher = new MessageMatcher { Path = new MessageGlob(path) } }).Rules);

    private string Event(int index, int fields) =>
        string.Join(' ', _relay.Events("proxy")[index].Fields.Take(fields).Select(f => $"{f.Name}={f.Value}"));

    private async Task<(int ExitCode, int Size)> CurlAsync(string path, params string[] options)
    {
        using var process = Process.Start(new ProcessStartInfo(
            "curl",
            ["-s", "--http2-prior-knowledge", "--max-time", "60", .. options, "-o", "/dev/null", "-w", "%{size_download}", $"http://127.0.0.1:{_relay.Port}{path}"])
        {
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync(_cancellation);
        await process.WaitForExitAsync(_cancellation);
        return (process.ExitCode, int.Parse(output, CultureInfo.InvariantCulture));
    }
}
