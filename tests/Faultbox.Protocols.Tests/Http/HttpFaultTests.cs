using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Faultbox.Protocols.Tests.Http;

/// <summary>Faults on the messages of HTTP/1.1 between a Kestrel server and curl and HttpClient: the error that each of them reports.</summary>
public sealed class HttpFaultTests : IAsyncLifetime
{
    private const int PartialFile = 18;
    private const int EmptyOrFailedReceive = 56;
    private const int BadEncoding = 61;

    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;
    private readonly List<string> _served = [];
    private readonly TaskCompletionSource _mayEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private KestrelPeer _server = null!;
    private RelayHarness _relay = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KestrelPeer.StartAsync(HttpProtocols.Http1, Serve);
        _relay = new RelayHarness("http", _server.Port);
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_relay.Port}") };
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
        server.MapGet("/slow", async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync(new string('a', 500));
            await context.Response.Body.FlushAsync();
            await _mayEnd.Task;
            await context.Response.WriteAsync(new string('b', 500));
        });
        server.MapGet("/chunks", async context =>
        {
            for (var i = 0; i < 10; i++)
            {
                await context.Response.WriteAsync(new string((char)('a' + i), 100));
                await context.Response.Body.FlushAsync();
            }
        });
        server.MapGet("/none/{more?}", context =>
        {
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        });
        server.MapFallback(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            var text = await body.ReadToEndAsync();
            lock (_served)
            {
                _served.Add($"{context.Request.Method} {context.Request.Path} {text} {context.Request.Headers["X-Ask"]}");
            }

            context.Response.Headers["X-Answer"] = "yes";
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync(new string('x', 1000));
        });
    }

    [Theory]
    [InlineData("/", false, PartialFile, HttpRequestError.ResponseEnded)]
    [InlineData("/", true, EmptyOrFailedReceive, HttpRequestError.Unknown)]
    [InlineData("/chunks", false, PartialFile, HttpRequestError.ResponseEnded)]
    public async Task A_truncated_body_ends_early_for_every_client(string path, bool reset, int exitCode, HttpRequestError error)
    {
        Fault(new HttpTruncate(new BodyPoint(null, 0.5), reset), path);

        var (code, size) = await CurlAsync(path);
        var (read, failure) = await ReadAsync(path);

        Assert.Equal((exitCode, 500), (code, size));
        Assert.Equal(500, read.Length);
        AssertError(error, failure);
        Assert.Equal(
            $"action=truncate protocol=http method=GET path={path} at=50% how={(reset ? "rst" : "close")}",
            Event(0, 6));
    }

    [Theory]
    [InlineData("/", 0)]
    [InlineData("/", 1)]
    [InlineData("/", 999)]
    [InlineData("/chunks", 0)]
    [InlineData("/chunks", 250)]
    public async Task A_truncated_body_has_exactly_the_bytes_asked_for(string path, int at)
    {
        Fault(new HttpTruncate(new BodyPoint(at, 0), Reset: false), path);

        Assert.Equal((PartialFile, at), await CurlAsync(path));
    }

    [Theory]
    [InlineData("/", 1000, 1000)]
    [InlineData("/", 5000, 1000)]
    [InlineData("/chunks", 5000, 1000)]
    [InlineData("/none", 1, 0)]
    public async Task A_body_that_ends_before_the_cut_passes_and_the_rule_has_not_fired(string path, int at, int length)
    {
        var rule = Fault(new HttpTruncate(new BodyPoint(at, 0), Reset: true), path);

        Assert.Equal(length, (await _client.GetByteArrayAsync(path, _cancellation)).Length);
        using var other = await _client.GetAsync("/other", _cancellation);

        AssertWithoutEffect(rule);
        Assert.Single(_relay.Events("proxy_handshake_complete"));
    }

    /// <summary>An answer to HTTP/1.0 has no chunks: its body ends with the connection.</summary>
    [Theory]
    [InlineData("--http1.0", 1000)]
    [InlineData("--head", 0)]
    public async Task A_body_that_ends_with_the_connection_or_is_not_there_passes_too(string option, int length)
    {
        var rule = Fault(new HttpTruncate(new BodyPoint(5000, 0), Reset: true), "/chunks");

        Assert.Equal(0, (await RunCurlAsync(option, "-o", "/dev/null", $"http://127.0.0.1:{_relay.Port}/chunks")).ExitCode);
        Assert.Equal((0, length), await CurlAsync("/chunks", option));

        Assert.Equal((2, 0, 2), (rule.Matches, rule.Fired, rule.WithoutEffect));
        Assert.Empty(_relay.Events("proxy"));
    }

    [Fact]
    public async Task A_length_that_is_not_declared_and_a_body_that_is_not_there_cannot_be_changed()
    {
        ActiveProxyRule[] rules =
        [
            Fault(new HttpContentLength(5), "/chunks"),
            Fault(new HttpSlowBody(1000, TimeSpan.Zero), "/none"),
            Fault(new HttpBadChunk(ChunkDamage.Size), "/none/too"),
        ];

        Assert.Equal((0, 1000), await CurlAsync("/chunks"));
        Assert.Equal((0, 0), await CurlAsync("/none"));
        Assert.Equal((0, 0), await CurlAsync("/none/too"));

        Assert.All(rules, AssertWithoutEffect);
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

        Assert.Equal((0, 1000), await CurlAsync("/status"));
        Assert.Equal((0, 1000), await CurlAsync("/answer"));
        Assert.Equal((0, 1000), await CurlAsync("/request"));

        Assert.All(rules, AssertWithoutEffect);
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
    public async Task What_comes_before_the_cut_is_not_waited_for()
    {
        Fault(new HttpTruncate(new BodyPoint(700, 0), Reset: false), "/slow");

        using var answer = await _client.GetAsync("/slow", HttpCompletionOption.ResponseHeadersRead, _cancellation);
        var body = await answer.Content.ReadAsStreamAsync(_cancellation);
        var first = new byte[500];
        await body.ReadExactlyAsync(first, _cancellation);
        _mayEnd.SetResult();

        var rest = await body.ReadAtLeastAsync(new byte[200], 200, throwOnEndOfStream: true, _cancellation);
        Assert.Equal(200, rest);
        await Assert.ThrowsAsync<HttpIOException>(async () => await body.ReadExactlyAsync(new byte[1], _cancellation));
    }

    [Theory]
    [InlineData(ChunkDamage.Size, 56, HttpRequestError.InvalidResponse)]
    [InlineData(ChunkDamage.LineEnd, 56, HttpRequestError.InvalidResponse)]
    [InlineData(ChunkDamage.NoLast, PartialFile, HttpRequestError.ResponseEnded)]
    [InlineData(ChunkDamage.Huge, PartialFile, HttpRequestError.ResponseEnded)]
    public async Task A_bad_chunk_is_noticed_by_every_client(ChunkDamage kind, int exitCode, HttpRequestError error)
    {
        foreach (var path in new[] { "/chunks", "/" })
        {
            Fault(new HttpBadChunk(kind), path);

            Assert.Equal(exitCode, (await CurlAsync(path)).ExitCode);
            AssertError(error, (await ReadAsync(path)).Failure);
        }

        Assert.Equal($"action=bad_chunk protocol=http method=GET path=/chunks kind={ChunkDamageNames.Of(kind)}", Event(0, 5));
    }

    [Fact]
    public async Task A_last_chunk_that_comes_early_is_noticed_by_none()
    {
        Fault(new HttpBadChunk(ChunkDamage.EarlyLast), "/");

        var (code, size) = await CurlAsync("/");
        var (body, failure) = await ReadAsync("/");

        Assert.Equal(0, code);
        Assert.InRange(size, 1, 999);
        Assert.Null(failure);
        Assert.InRange(body.Length, 1, 999);
    }

    [Fact]
    public async Task Fields_are_set_added_and_removed_and_the_body_passes()
    {
        Fault(new HttpHeaders(new FieldChange([new("x-answer", "no")], [new("Via", "a"), new("Via", "b")], ["Server", "date"]), OnRequest: false), "/");

        using var answer = await _client.GetAsync("/", _cancellation);

        Assert.Equal("no", Assert.Single(answer.Headers.GetValues("X-Answer")));
        Assert.Equal(["a", "b"], answer.Headers.GetValues("Via"));
        Assert.Empty(answer.Headers.Server);
        Assert.Null(answer.Headers.Date);
        Assert.Equal(new string('x', 1000), await answer.Content.ReadAsStringAsync(_cancellation));
        Assert.Equal("action=headers protocol=http method=GET path=/ target=response", Event(0, 5));
    }

    [Fact]
    public async Task A_field_that_is_a_lie_about_the_body_fails_every_client()
    {
        Fault(new HttpHeaders(new FieldChange([new("Content-Encoding", "gzip")], [], []), OnRequest: false), "/");
        using var unpacking = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.GZip });

        Assert.Equal(BadEncoding, (await CurlAsync("/", "--compressed")).ExitCode);
        await Assert.ThrowsAsync<InvalidDataException>(() => unpacking.GetByteArrayAsync(_client.BaseAddress, _cancellation));
    }

    [Fact]
    public async Task A_length_beyond_the_body_leaves_every_client_waiting()
    {
        Fault(new HttpHeaders(new FieldChange([new("Content-Length", "2000")], [], []), OnRequest: false), "/");

        // The connection stays open, as the service left it: the client waits for bytes that never come.
        Assert.Equal((28, 1000), await CurlAsync("/", "--max-time", "1"));
        _client.Timeout = TimeSpan.FromSeconds(1);
        var failure = await Assert.ThrowsAsync<TaskCanceledException>(() => _client.GetAsync("/", _cancellation));
        Assert.IsType<TimeoutException>(failure.InnerException);
    }

    [Theory]
    [InlineData("/", 1000)]
    [InlineData("/chunks", 1000)]
    public async Task A_slow_body_arrives_whole_at_its_rate_and_the_connection_goes_on(string path, int length)
    {
        Fault(new HttpSlowBody(BytesPerSecond: 2_000, FirstByte: TimeSpan.FromMilliseconds(200)), path);
        var start = Stopwatch.GetTimestamp();
        using var answer = await _client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, _cancellation);
        var body = await answer.Content.ReadAsByteArrayAsync(_cancellation);
        var elapsed = Stopwatch.GetElapsedTime(start);
        using var other = await _client.GetAsync("/other", _cancellation);

        Assert.Equal(length, body.Length);
        Assert.True(elapsed >= TimeSpan.FromMilliseconds(600), $"{elapsed}");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.Single(_relay.Events("proxy_handshake_complete"));
        Assert.Equal($"action=slow_body protocol=http method=GET path={path} rate=2000B/s first_byte_ms=200", Event(0, 6));
    }

    /// <summary>The first byte of a head tells nothing: a client that waits for it has an answer and no status.</summary>
    [Fact]
    public async Task A_slow_head_comes_byte_by_byte()
    {
        Fault(new HttpSlowHead(TimeSpan.FromMilliseconds(2)), "/");
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 60_000 };
        await socket.ConnectAsync(IPAddress.Loopback, _relay.Port, _cancellation);
        var start = Stopwatch.GetTimestamp();
        socket.Say("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Assert.Equal("H", socket.Text());
        var rest = Encoding.Latin1.GetString(socket.Rest());

        Assert.StartsWith("TTP/1.1 200 OK\r\n", rest, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + new string('x', 1000), rest, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(2 * (rest.Length - 1000)));
        Assert.Equal("action=slow_head protocol=http method=GET path=/ gap_ms=2", Event(0, 5));
    }

    [Fact]
    public async Task A_length_that_is_too_small_cuts_the_body_for_every_client()
    {
        Fault(new HttpContentLength(-990), "/");

        Assert.Equal((0, 10), await CurlAsync("/"));
        Assert.Equal(10, (await _client.GetByteArrayAsync("/", _cancellation)).Length);
        Assert.Equal("action=content_length protocol=http method=GET path=/ delta=-990", Event(0, 5));
    }

    [Fact]
    public async Task A_length_that_is_too_large_leaves_every_client_waiting_and_one_that_is_not_there_stays_so()
    {
        Fault(new HttpContentLength(5), "/*");

        Assert.Equal((28, 1000), await CurlAsync("/", "--max-time", "1"));
        Assert.Equal((0, 1000), await CurlAsync("/chunks", "--max-time", "30"));
    }

    [Fact]
    public async Task Fields_of_a_request_are_changed_before_the_service_sees_it()
    {
        Fault(new HttpHeaders(new FieldChange([new("X-Ask", "9")], [], []), OnRequest: true), "/jobs");

        using var first = await _client.PostAsync("/jobs", new StringContent("one"), _cancellation);
        using var second = await _client.PostAsync("/other", new StringContent("two"), _cancellation);

        Assert.Equal(["POST /jobs one 9", "POST /other two "], _served);
        Assert.Equal("action=headers protocol=http method=POST path=/jobs target=request", Event(0, 5));
    }

    [Theory]
    [InlineData("/", 503, 1000)]
    [InlineData("/", 204, 0)]
    [InlineData("/", 304, 0)]
    [InlineData("/chunks", 404, 1000)]
    [InlineData("/none", 200, 0)]
    public async Task Another_status_is_told_after_the_service_acted_and_the_connection_goes_on(string path, int status, int length)
    {
        Fault(new HttpOtherStatus(status), path);

        using var answer = await _client.GetAsync(path, _cancellation);
        using var other = await _client.GetAsync("/other", _cancellation);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(length, (await answer.Content.ReadAsByteArrayAsync(_cancellation)).Length);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.Single(_relay.Events("proxy_handshake_complete"));
        Assert.Equal($"action=status protocol=http method=GET path={path} status={status}", Event(0, 5));
    }

    [Fact]
    public async Task A_status_makes_every_client_fail_although_the_service_acted()
    {
        Fault(new HttpOtherStatus(503), "/jobs");

        Assert.Equal(22, (await CurlAsync("/jobs", "--fail", "-d", "work")).ExitCode);
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetStringAsync("/jobs", _cancellation));

        Assert.Equal((HttpRequestError.Unknown, HttpStatusCode.ServiceUnavailable), (failure.HttpRequestError, failure.StatusCode));
        Assert.Equal(["POST /jobs work ", "GET /jobs  "], _served);
    }

    [Fact]
    public async Task A_replay_is_no_error_for_curl_and_the_service_acted_twice()
    {
        Fault(new HttpReplay(2), "/jobs");

        Assert.Equal((0, 1000), await CurlAsync("/jobs", "--fail", "-d", "work"));
        Assert.Equal(["POST /jobs work ", "POST /jobs work "], _served);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_replayed_request_is_executed_again_before_the_client_goes_on(int times)
    {
        Fault(new HttpReplay(times), "/jobs");

        using var answer = await _client.PostAsync("/jobs", new StringContent("work"), _cancellation);
        var body = await answer.Content.ReadAsStringAsync(_cancellation);
        var served = _served.ToArray();
        using var next = await _client.PostAsync("/next", new StringContent("more"), _cancellation);

        Assert.Equal(new string('x', 1000), body);
        Assert.Equal(Enumerable.Repeat("POST /jobs work ", times), served);
        Assert.Equal(new string('x', 1000), await next.Content.ReadAsStringAsync(_cancellation));
        Assert.Equal("POST /next more ", _served[^1]);
        Assert.Single(_relay.Events("proxy_handshake_complete"));
        Assert.Equal($"action=replay protocol=http method=POST path=/jobs times={times}", Event(0, 5));
    }

    [Theory]
    [InlineData("--data-binary", "@LARGE")]
    [InlineData("--header", "Connection: Upgrade", "--header", "Upgrade: echo")]
    [InlineData("--header", "Transfer-Encoding: chunked", "--data-binary", "@LARGE")]
    public async Task A_request_that_cannot_be_repeated_passes_once_and_the_rule_has_not_fired(params string[] options)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, new byte[(1024 * 1024) + 1], _cancellation);
        var rule = Fault(new HttpReplay(2), "/jobs");

        Assert.Equal((0, 1000), await CurlAsync("/jobs", [.. options.Select(o => o.Replace("LARGE", file, StringComparison.Ordinal))]));
        File.Delete(file);

        Assert.Single(_served);
        AssertWithoutEffect(rule);
    }

    [Fact]
    public async Task A_service_that_ends_the_connection_with_its_answer_cannot_be_asked_again()
    {
        var rule = Fault(new HttpReplay(2), "/jobs");

        Assert.Equal((0, 1000), await CurlAsync("/jobs", "--header", "Connection: close"));

        Assert.Single(_served);
        AssertWithoutEffect(rule);
        Assert.Equal("replay", Assert.Single(_relay.Events("proxy_upstream_error")).Field("phase"));
    }

    [Theory]
    [InlineData("/none")]
    [InlineData("/chunks")]
    public async Task A_replay_of_any_framing_gives_curl_the_first_answer(string path)
    {
        Fault(new HttpReplay(3), path);

        Assert.Equal((0, path == "/none" ? 0 : 1000), await CurlAsync(path));
    }

    private static void AssertError(HttpRequestError expected, Exception? failure)
    {
        var actual = failure switch
        {
            HttpIOException io => io.HttpRequestError,
            HttpRequestException request => request.HttpRequestError,
            IOException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionReset } } => HttpRequestError.Unknown,
            _ => throw new InvalidOperationException($"no failure of the transport: {failure}"),
        };
        Assert.Equal(expected, actual);
    }

    private void AssertWithoutEffect(ActiveProxyRule rule)
    {
        Assert.Equal((1, 0, 1), (rule.Matches, rule.Fired, rule.WithoutEffect));
        Assert.Empty(_relay.Events("proxy"));
    }

    private ActiveProxyRule Fault(HttpFault fault, string path) => Assert.Single(_relay.Open(
        new ProxyFault { Action = ProxyAction.Http, Http = fault, Matcher = new MessageMatcher { Path = new MessageGlob(path) } }).Rules);

    private string Event(int index, int fields) =>
        string.Join(' ', _relay.Events("proxy")[index].Fields.Take(fields).Select(f => $"{f.Name}={f.Value}"));

    /// <summary>Reads an answer to its end or to its failure.</summary>
    private async Task<(string Body, Exception? Failure)> ReadAsync(string path)
    {
        var text = new StringBuilder();
        try
        {
            using var answer = await _client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, _cancellation);
            var body = await answer.Content.ReadAsStreamAsync(_cancellation);
            var piece = new byte[4096];
            for (int count; (count = await body.ReadAsync(piece, _cancellation)) > 0;)
            {
                text.Append(Encoding.Latin1.GetString(piece, 0, count));
            }

            return (text.ToString(), null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (text.ToString(), e);
        }
    }

    /// <summary>Exit code of curl and the bytes of the body that it got.</summary>
    private async Task<(int ExitCode, int Size)> CurlAsync(string path, params string[] options)
    {
        var (code, output) = await RunCurlAsync([.. options, "-o", "/dev/null", "-w", "%{size_download}", $"http://127.0.0.1:{_relay.Port}{path}"]);
        return (code, int.Parse(output, System.Globalization.CultureInfo.InvariantCulture));
    }

    private async Task<(int ExitCode, string Output)> RunCurlAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("curl", ["-s", "--max-time", "60", .. arguments]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(_cancellation);
        await process.WaitForExitAsync(_cancellation);
        return (process.ExitCode, output);
    }
}
