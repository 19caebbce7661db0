using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Faultbox.Core.Faults;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Faultbox.Protocols.Tests.Http;

/// <summary>Rules on requests between real clients (HttpClient, curl, raw sockets) and a real Kestrel server.</summary>
public sealed class HttpRelayRuleTests : IAsyncLifetime
{
    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;
    private readonly List<string> _served = [];
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
        _client.Dispose();
        await _relay.DisposeAsync();
        await _server.DisposeAsync();
    }

    private void Serve(WebApplication server)
    {
        server.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            var text = await body.ReadToEndAsync();
            lock (_served)
            {
                _served.Add($"{context.Request.Method} {context.Request.Path}");
            }

            await context.Response.WriteAsync($"{context.Request.Path} {text.Length}");
        });
    }

    [Fact]
    public async Task A_response_rule_answers_what_it_covers_and_nothing_else()
    {
        var window = _relay.Open(new ProxyFault
        {
            Action = ProxyAction.Respond,
            Status = "429",
            Body = Encoding.UTF8.GetBytes("""{"e":1}"""),
            Headers = [new("Retry-After", "7")],
            Matcher = On("POST", "/jobs"),
        });

        using var limited = await _client.PostAsync("/jobs", new StringContent("work"), _cancellation);
        using var fine = await _client.PostAsync("/ok", new StringContent("work"), _cancellation);
        using var read = await _client.GetAsync("/jobs", _cancellation);

        Assert.Equal(HttpStatusCode.TooManyRequests, limited.StatusCode);
        Assert.Equal("application/json", limited.Content.Headers.ContentType?.MediaType);
        Assert.Equal("7", limited.Headers.RetryAfter?.ToString());
        Assert.Equal("""{"e":1}""", await limited.Content.ReadAsStringAsync(_cancellation));
        Assert.Equal("/ok 4", await fine.Content.ReadAsStringAsync(_cancellation));
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.Equal(["POST /ok", "GET /jobs"], _served);
        var acted = Assert.Single(_relay.Events("proxy"));
        Assert.Equal(
            "action=respond protocol=http method=POST path=/jobs status=429 interface=web consumer=shop rule=up.web:respond conn_id=00000001",
            string.Join(' ', acted.Fields.Select(f => $"{f.Name}={f.Value}")));
        Assert.Equal((3, 1, 1), (window.Rules[0].Seen, window.Rules[0].Matches, window.Rules[0].Fired));
    }

    [Fact]
    public async Task An_error_carries_its_message_as_json()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Error, Message = "a \"q\"", Matcher = On(null, "/x") });

        using var answer = await _client.GetAsync("/x", _cancellation);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("""{"error":"a \"q\""}""", await answer.Content.ReadAsStringAsync(_cancellation));
    }

    [Fact]
    public async Task Delays_add_up_before_the_error_that_follows_them()
    {
        var slow = new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMilliseconds(150), Matcher = On(null, "/s*") };
        _relay.Open(slow, slow, new ProxyFault { Action = ProxyAction.Error, Status = "503", Matcher = On(null, "/slow") });
        var clock = Stopwatch.StartNew();

        using var answer = await _client.GetAsync("/slow", _cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.True(clock.ElapsedMilliseconds >= 300, "two delays of 150 ms");
        Assert.Equal(["delay", "delay", "error"], _relay.Events("proxy").Select(e => e.Field("action")));
        Assert.Equal("150", _relay.Events("proxy")[0].Field("delay_ms"));
    }

    [Theory]
    [InlineData(DropMode.Default, HttpRequestError.ResponseEnded)]
    [InlineData(DropMode.Reset, HttpRequestError.Unknown)]
    public async Task A_dropped_request_has_no_answer(DropMode mode, HttpRequestError error)
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Drop, DropMode = mode, Matcher = On(null, "/d") });

        var failed = await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync("/d", _cancellation));

        Assert.Equal(error, failed.HttpRequestError);
        Assert.Equal(mode == DropMode.Reset, failed.InnerException is IOException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionReset } });
        Assert.Empty(_served);
    }

    [Fact]
    public async Task A_black_hole_holds_the_connection_until_the_window_ends()
    {
        var window = _relay.Open(new ProxyFault { Action = ProxyAction.Drop, DropMode = DropMode.Blackhole, Matcher = On(null, "/hole") });
        var asking = TalkAsync("GET /hole HTTP/1.1\r\nHost: up\r\n\r\n");
        while (_relay.Events("proxy").Count == 0)
        {
            await Task.Yield();
        }

        using var other = await _client.GetAsync("/other", _cancellation);
        Assert.False(asking.IsCompleted, "others are served, this one waits");

        _relay.Current.Close(window);

        Assert.Empty(await asking);
        Assert.Equal(["GET /other"], _served);
    }

    [Fact]
    public async Task On_response_the_service_acts_and_the_client_does_not_learn_it()
    {
        _relay.Open(new ProxyFault
        {
            Action = ProxyAction.Error,
            Status = "504",
            OnResponse = true,
            Matcher = On("POST", "/pay"),
            Trigger = new Trigger(TriggerKind.Nth, 1),
        });

        using var lost = await _client.PostAsync("/pay", new StringContent("1"), _cancellation);
        using var retried = await _client.PostAsync("/pay", new StringContent("1"), _cancellation);

        Assert.Equal(HttpStatusCode.GatewayTimeout, lost.StatusCode);
        Assert.Equal(HttpStatusCode.OK, retried.StatusCode);
        Assert.Equal(["POST /pay", "POST /pay"], _served);
    }

    [Fact]
    public async Task Pipelined_answers_keep_the_order_of_their_requests()
    {
        _relay.Open(
            new ProxyFault { Action = ProxyAction.Respond, Status = "418", Body = Encoding.UTF8.GetBytes("tea"), Matcher = On(null, "/tea") },
            new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromMilliseconds(100), OnResponse = true, Matcher = On(null, "/slow") });

        var answers = await TalkAsync(
            "GET /slow HTTP/1.1\r\nHost: up\r\n\r\nPOST /tea HTTP/1.1\r\nHost: up\r\nContent-Length: 3\r\n\r\nabc"
            + "GET /a HTTP/1.1\r\nHost: up\r\nConnection: close\r\n\r\n");

        var slow = answers.IndexOf("/slow 0", StringComparison.Ordinal);
        var tea = answers.IndexOf("HTTP/1.1 418 I'm a teapot", StringComparison.Ordinal);
        var last = answers.IndexOf("/a 0", StringComparison.Ordinal);
        Assert.True(slow > 0 && slow < tea && tea < last, answers);
    }

    [Fact]
    public async Task The_answer_to_HEAD_has_the_length_and_no_body()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Respond, Status = "200", Body = Encoding.UTF8.GetBytes("12345") });

        var answer = await TalkAsync("HEAD / HTTP/1.1\r\nHost: up\r\nConnection: close\r\n\r\n");

        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\nConnection: close\r\n\r\n", answer);
    }

    [Fact]
    public async Task A_rule_on_the_body_sees_it_without_chunk_framing()
    {
        _relay.Open(new ProxyFault
        {
            Action = ProxyAction.Error,
            Status = "422",
            Matcher = new MessageMatcher { Body = Encoding.UTF8.GetBytes("needle") },
        });

        var hit = await TalkAsync("POST / HTTP/1.1\r\nHost: up\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnee\r\n3\r\ndle\r\n0\r\n\r\n");
        var miss = await TalkAsync("POST / HTTP/1.1\r\nHost: up\r\nConnection: close\r\nContent-Length: 3\r\n\r\nnee");

        Assert.StartsWith("HTTP/1.1 422 Unprocessable Content\r\n", hit, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", miss, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_match_fields_query_parameters_and_host()
    {
        _relay.Open(
            new ProxyFault { Action = ProxyAction.Respond, Status = "451", Matcher = new MessageMatcher { Headers = [new("x-tenant", new MessageGlob("acme*"))] } },
            new ProxyFault { Action = ProxyAction.Respond, Status = "452", Matcher = new MessageMatcher { QueryParameters = [new("q", new MessageGlob("a b"))] } },
            new ProxyFault { Action = ProxyAction.Respond, Status = "453", Matcher = new MessageMatcher { Host = new MessageGlob("*.example") } });

        Assert.Equal("451", await CurlStatusAsync("-H", "X-Tenant: acme-1"));
        Assert.Equal("452", await CurlStatusAsync("-G", "--data-urlencode", "q=a b"));
        Assert.Equal("453", await CurlStatusAsync("-H", "Host: shop.example"));
        Assert.Equal("200", await CurlStatusAsync("-H", "X-Tenant: other"));
    }

    [Fact]
    public async Task A_query_parameter_that_is_repeated_matches_by_any_of_its_values()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Respond, Status = "452", Matcher = new MessageMatcher { QueryParameters = [new("a", new MessageGlob("2"))] } });

        Assert.Equal("452", await CurlStatusAsync("/?a=1&b=9&a=2"));
        Assert.Equal("452", await CurlStatusAsync("/?a=2&a=1"));
        Assert.Equal("200", await CurlStatusAsync("/?a=1&b=2&a=3"));
    }

    [Fact]
    public async Task A_client_that_waits_for_100_gets_the_final_answer_instead()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Respond, Status = "413", Matcher = On("PUT", "/big") });
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, new byte[4_000_000], _cancellation);
            var clock = Stopwatch.StartNew();

            Assert.Equal("413", await CurlStatusAsync("/big", "-T", file, "-H", "Expect: 100-continue"));
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), "the answer is not held back");
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Twice as long as the part of a body that rules see.</summary>
    [Fact]
    public async Task A_rule_on_the_body_meets_curl_that_waits_for_100_before_it_sends_it()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Error, Status = "422", Matcher = new MessageMatcher { Body = "needle"u8.ToArray() } });
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "needle" + new string('x', 128 * 1024), _cancellation);
            Assert.Equal("422", await CurlStatusAsync("/put", "-T", file, "-H", "Expect: 100-continue", "--expect100-timeout", "60"));
            Assert.Empty(_served);

            await File.WriteAllTextAsync(file, "straw" + new string('x', 128 * 1024), _cancellation);
            Assert.Equal("200", await CurlStatusAsync("/put", "-T", file, "-H", "Expect: 100-continue", "--expect100-timeout", "60"));
            Assert.Equal(["PUT /put"], _served);
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Equal("PUT", Assert.Single(_relay.Events("proxy")).Field("method"));
    }

    [Theory]
    [InlineData("needle", 422)]
    [InlineData("straw!", 200)]
    public async Task A_client_that_waits_for_100_is_told_once_to_send_the_body_that_a_rule_asks_for(string body, int status)
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Error, Status = "422", Matcher = On("POST", "/p") with { Body = "needle"u8.ToArray() } });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 60_000 };
        await socket.ConnectAsync(IPAddress.Loopback, _relay.Port, _cancellation);

        // The interim answer comes after the final one of the request before.
        socket.Say("GET /first HTTP/1.1\r\nHost: up\r\n\r\nPOST /p HTTP/1.1\r\nHost: up\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n");
        var heard = "";
        while (!heard.EndsWith("HTTP/1.1 100 Continue\r\n\r\n", StringComparison.Ordinal))
        {
            heard += socket.Text();
        }

        Assert.Contains("/first 0", heard, StringComparison.Ordinal);
        socket.Say(body + "GET /last HTTP/1.1\r\nHost: up\r\nConnection: close\r\n\r\n");
        var rest = Encoding.Latin1.GetString(socket.Rest());
        Assert.StartsWith($"HTTP/1.1 {status} ", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("100 Continue", rest, StringComparison.Ordinal);
        Assert.Contains("/last 0", rest, StringComparison.Ordinal);
        Assert.Equal(status == 200 ? ["GET /first", "POST /p", "GET /last"] : ["GET /first", "GET /last"], _served);
    }

    /// <summary>HTTP/1.0 knows no interim answers, and no rule asks for the body of another path.</summary>
    [Theory]
    [InlineData("POST /p HTTP/1.0")]
    [InlineData("POST /other HTTP/1.1")]
    public async Task A_client_that_no_rule_asks_for_a_body_is_told_nothing_by_the_proxy(string line)
    {
        using var silent = new RecordingPeer(async (socket, peer) => await peer.ReceiveUntilAsync(socket, int.MaxValue));
        await using var relay = new RelayHarness("http", silent.Port);
        relay.Open(new ProxyFault { Action = ProxyAction.Error, Matcher = On("POST", "/p") with { Body = "needle"u8.ToArray() } });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 60_000 };
        await socket.ConnectAsync(IPAddress.Loopback, relay.Port, _cancellation);

        socket.Say($"{line}\r\nHost: up\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n");
        if (line.EndsWith('0'))
        {
            // Sent without being asked for it, and the rule does not cover it.
            socket.Say("more than");
        }

        Assert.True(SpinWait.SpinUntil(() => Encoding.Latin1.GetString(silent.Received).Contains("\r\n\r\n", StringComparison.Ordinal), 60_000));
        Assert.Equal(0, socket.Available);
    }

    /// <summary>The first request leaves before the second one, which came with it, has waited.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("needle")]
    public async Task A_request_that_waits_holds_up_none_before_it(string body)
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Delay, Delay = TimeSpan.FromHours(1), Matcher = On(null, "/slow") with { Body = Encoding.UTF8.GetBytes(body) } });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 60_000 };
        await socket.ConnectAsync(IPAddress.Loopback, _relay.Port, _cancellation);

        socket.Say($"GET /fast HTTP/1.1\r\nHost: up\r\n\r\nPOST /slow HTTP/1.1\r\nHost: up\r\nContent-Length: 7\r\n\r\n{body}");

        var heard = "";
        while (!heard.Contains("/fast 0", StringComparison.Ordinal))
        {
            heard += socket.Text();
        }
    }

    [Fact]
    public async Task A_large_unread_body_does_not_cost_the_client_its_answer()
    {
        _relay.Open(new ProxyFault { Action = ProxyAction.Respond, Status = "503", Matcher = On("POST", "/big") });

        using var answer = await _client.PostAsync("/big", new ByteArrayContent(new byte[200_000]), _cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        using var next = await _client.GetAsync("/next", _cancellation);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.Single(_relay.Events("proxy").Select(e => e.Field("conn_id")).Distinct());
    }

    [Fact]
    public async Task A_connection_opened_before_the_rule_meets_it_at_its_next_request()
    {
        using var before = await _client.GetAsync("/a", _cancellation);
        var window = _relay.Open(new ProxyFault { Action = ProxyAction.Error, Status = "503" });
        using var inside = await _client.GetAsync("/a", _cancellation);
        _relay.Current.Close(window);
        using var after = await _client.GetAsync("/a", _cancellation);

        Assert.Equal([200, 503, 200], new[] { before, inside, after }.Select(r => (int)r.StatusCode));
        Assert.Equal("00000001", _relay.Events("proxy").Single().Field("conn_id"));
    }

    /// <summary>gRPC-Web comes over HTTP/1.1: rules of gRPC name the call by its path, and the status is in the head.</summary>
    [Theory]
    [InlineData("14")]
    [InlineData("UNAVAILABLE")]
    public async Task A_call_of_gRPC_Web_is_refused_with_the_status_of_the_rule(string status)
    {
        using var server = new RecordingPeer(async (socket, peer) => await peer.ReceiveUntilAsync(socket, int.MaxValue));
        await using var calls = new RelayHarness("grpc", server.Port);
        calls.Open(new ProxyFault { Action = ProxyAction.Error, Status = status, Message = "no 1%", Matcher = new MessageMatcher { Method = new MessageGlob("/p.S/*") } });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 60_000 };
        await socket.ConnectAsync(IPAddress.Loopback, calls.Port, _cancellation);

        socket.Say("POST /p.S/M HTTP/1.1\r\nHost: up\r\nContent-Type: application/grpc-web+proto\r\nConnection: close\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0");

        Assert.Equal(
            "HTTP/1.1 200 OK\r\nContent-Type: application/grpc-web+proto\r\ngrpc-status: 14\r\ngrpc-message: no 1%25\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            Encoding.Latin1.GetString(socket.Rest()));
        Assert.Equal(0, server.Count);
    }

    /// <summary>
    /// In the frames of PROTOCOL-WEB and of the protocol reference of Connect: what a rule answers is what the caller understands, on a connection
    /// that goes on.
    /// </summary>
    [Theory]
    [InlineData("respond", "application/grpc-web+proto", 200, "application/grpc-web+proto", "\0\0\0\0\u0002hi\u0080\0\0\0\u000fgrpc-status:0\r\n", "OK", null)]
    [InlineData("respond", "application/grpc-web-text", 200, "application/grpc-web-text", "AAAAAAJoaYAAAAAPZ3JwYy1zdGF0dXM6MA0K", "OK", null)]
    [InlineData("respond", "application/grpc", 200, "application/grpc-web+proto", "\0\0\0\0\u0002hi\u0080\0\0\0\u000fgrpc-status:0\r\n", "OK", null)]
    [InlineData("respond", "application/proto", 200, "application/proto", "hi", "OK", null)]
    [InlineData("respond", "application/connect+json", 200, "application/connect+json", "\0\0\0\0\u0002hi\u0002\0\0\0\u0002{}", "OK", null)]
    [InlineData("error", "application/grpc-web+proto", 200, "application/grpc-web+proto", "", "Internal", "13 injected fault")]
    [InlineData("error", "application/json", 500, "application/json", "{\"code\":\"internal\",\"message\":\"injected fault\"}", "Internal", null)]
    [InlineData("error 9", "application/json", 400, "application/json", "{\"code\":\"failed_precondition\",\"message\":\"injected fault\"}", "FailedPrecondition", null)]
    [InlineData("error 14", "application/connect+proto", 200, "application/connect+proto", "\u0002\0\0\0;{\"error\":{\"code\":\"unavailable\",\"message\":\"injected fault\"}}", "Unavailable", null)]
    [InlineData("drop", "application/grpc-web+proto", 200, "application/grpc-web+proto", "", null, "14 connection dropped")]
    [InlineData("drop", "application/proto", 503, "application/json", "{\"code\":\"unavailable\",\"message\":\"connection dropped\"}", null, null)]
    public async Task A_call_over_HTTP_1_is_answered_in_the_words_of_its_protocol(
        string rule, string type, int status, string answerType, string body, string? code, string? callStatus)
    {
        using var server = new RecordingPeer(async (socket, peer) => await peer.ReceiveUntilAsync(socket, int.MaxValue));
        await using var calls = new RelayHarness("grpc", server.Port);
        calls.Open(new ProxyFault
        {
            Action = rule == "respond" ? ProxyAction.Respond : rule == "drop" ? ProxyAction.Drop : ProxyAction.Error,
            Status = rule.Split(' ').ElementAtOrDefault(1),
            Body = "hi"u8.ToArray(),
            Matcher = new MessageMatcher { Method = new MessageGlob("/p.S/*") },
        });
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{calls.Port}") };
        for (var call = 0; call < 2; call++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/p.S/M") { Content = new ByteArrayContent(new byte[5]) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var answer = await client.SendAsync(request, _cancellation);

            Assert.Equal((status, answerType), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.ToString()));
            Assert.Equal(body, Encoding.Latin1.GetString(await answer.Content.ReadAsByteArrayAsync(_cancellation)));
            Assert.Equal(callStatus, answer.Headers.TryGetValues("grpc-status", out var codes) ? $"{codes.Single()} {answer.Headers.GetValues("grpc-message").Single()}" : null);
        }

        Assert.Equal(0, server.Count);
        var events = calls.Events("proxy");
        Assert.Equal(2, events.Count);
        Assert.Single(events.Select(e => e.Field("conn_id")).Distinct());
        Assert.All(events, e => Assert.Equal(("/p.S/M", code), (e.Field("method"), e.Field("code"))));
    }

    [Theory]
    [InlineData(DropMode.Reset)]
    [InlineData(DropMode.Close)]
    public async Task A_call_over_HTTP_1_whose_connection_is_dropped_has_no_answer(DropMode mode)
    {
        using var server = new RecordingPeer(async (socket, peer) => await peer.ReceiveUntilAsync(socket, int.MaxValue));
        await using var calls = new RelayHarness("grpc", server.Port);
        calls.Open(new ProxyFault { Action = ProxyAction.Drop, DropMode = mode });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 60_000 };
        await socket.ConnectAsync(IPAddress.Loopback, calls.Port, _cancellation);
        socket.Say("POST /p.S/M HTTP/1.1\r\nHost: up\r\nContent-Type: application/grpc-web+proto\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0");

        Assert.Equal(mode == DropMode.Reset, socket.IsReset());
        Assert.Equal("/p.S/M", calls.Events("proxy").Single().Field("method"));
    }

    private static MessageMatcher On(string? method, string path) =>
        new() { Method = method is null ? null : new MessageGlob(method), Path = new MessageGlob(path) };

    private async Task<string> TalkAsync(string requests)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _relay.Port, _cancellation);
        await socket.SendAsync(Encoding.Latin1.GetBytes(requests), _cancellation);
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.Latin1);
        return await reader.ReadToEndAsync(_cancellation).WaitAsync(TimeSpan.FromSeconds(20), _cancellation);
    }

    private Task<string> CurlStatusAsync(params string[] arguments)
    {
        var path = arguments[0].StartsWith('/') ? arguments[0] : "/";
        return RunAsync("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", .. arguments.Where(a => a != path), Url(path)]);
    }

    private string Url(string path) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_relay.Port}{path}");

    private async Task<string> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(_cancellation);
        await process.WaitForExitAsync(_cancellation);
        return output;
    }
}
