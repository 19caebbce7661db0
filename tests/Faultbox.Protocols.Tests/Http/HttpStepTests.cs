using Faultbox.Protocols.Tests.Relay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Faultbox.Protocols.Tests.Http;

/// <summary>Steps against a real Kestrel server and against raw sockets where the bytes matter.</summary>
public sealed class HttpStepTests : IAsyncLifetime
{
    private static readonly IProtocol Protocol = ProtocolRegistry.Find("http")!;
    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;
    private KestrelPeer _server = null!;

    private int Port => _server.Port;

    public async ValueTask InitializeAsync() => _server = await KestrelPeer.StartAsync(HttpProtocols.Http1, Serve);

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("get", "GET")]
    [InlineData("post", "POST")]
    [InlineData("put", "PUT")]
    [InlineData("delete", "DELETE")]
    [InlineData("patch", "PATCH")]
    public void Every_method_sends_its_verb_path_body_and_headers(string method, string verb)
    {
        var response = Step(method, ("path", "/echo?q=1"), ("body", "payload"), ("headers", Fields(("X-One", "1"))));

        Assert.True(response.Success);
        Assert.Equal(200, response.Status);
        Assert.Equal($"{verb} /echo?q=1 1 [] payload", response.Text);
    }

    [Fact]
    public void A_server_error_is_a_completed_exchange()
    {
        var response = Step("get", ("path", "/status/500"));

        Assert.True(response.Success);
        Assert.Equal(500, response.Status);
    }

    [Fact]
    public void A_dictionary_body_is_sent_as_json()
    {
        var response = Step("post", ("path", "/echo"), ("body", Fields(("sku", "bolt"), ("qty", 2L))));

        Assert.Equal("""POST /echo  [application/json] {"sku":"bolt","qty":2}""", response.Text);
    }

    [Fact]
    public void A_missing_leading_slash_is_added()
    {
        Assert.StartsWith("GET /echo", Step("get", ("path", "echo")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Redirects_are_followed()
    {
        var response = Step("get", ("path", "/moved"));

        Assert.Equal(200, response.Status);
        Assert.StartsWith("GET /echo", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_eleventh_redirect_is_a_failure_that_names_the_limit()
    {
        Assert.Equal("10 0", Step("get", ("path", "/count/10/down")).Text);

        var lost = Step("get", ("path", "/count/11/down"));

        Assert.Equal((false, 0), (lost.Success, lost.Status));
        Assert.Equal($"more than 10 redirects; the last one leads to http://127.0.0.1:{Port}/count/11/down/11", lost.Error);
        Assert.Equal(lost.Error, Check("/count/11/down"));
        Assert.Equal(302, Step("get", ("path", "/count/11/down"), ("follow_redirects", false)).Status);
    }

    [Fact]
    public void A_redirect_to_nowhere_is_an_answer_like_any_other() => Assert.Equal(302, Step("get", ("path", "/status/302")).Status);

    [Fact]
    public void A_step_may_refuse_to_follow_send_json_and_bound_its_time()
    {
        Assert.Equal(302, Step("get", ("path", "/moved"), ("follow_redirects", false)).Status);
        Assert.Equal("POST /echo  [application/json] [1]", Step("post", ("path", "/echo"), ("json", new List<object?> { 1L })).Text);

        using var silent = new LineServer(_ => [], keepOpen: true);
        var late = Protocol.Step(new StepRequest("127.0.0.1", silent.Port, "get", Fields(("timeout", "100ms"))), _cancellation);
        Assert.Equal("timed out after 100ms", late.Error);
    }

    [Theory]
    [InlineData("timeout", "soon", "timeout: bad duration \"soon\"; write for example \"500ms\" or \"30s\"")]
    [InlineData("headers", "X: 1", "headers must be a dict, got string")]
    [InlineData("follow_redirects", "no", "follow_redirects must be True or False, got string")]
    public void A_value_that_cannot_be_used_is_refused(string name, string value, string message)
    {
        Assert.Equal(message, Assert.Throws<StepArgumentException>(() => Step("get", (name, value))).Message);
    }

    [Theory]
    [InlineData("X-A\n", "1", "headers: \"X-A\n\" is no name of a field")]
    [InlineData("a b", "1", "headers: \"a b\" is no name of a field")]
    [InlineData("", "1", "headers: \"\" is no name of a field")]
    [InlineData("Content-Type ", "1", "headers: \"Content-Type \" is no name of a field")]
    [InlineData("X-A", "1\r\nX-B: 2", "headers: the value of \"X-A\" must be one line")]
    public void A_field_that_cannot_be_sent_is_refused_and_not_left_out(string name, string value, string message) =>
        Assert.Equal(message, Assert.Throws<StepArgumentException>(() => Step("get", ("headers", Fields((name, value))))).Message);

    [Fact]
    public void Trailers_of_an_answer_are_there()
    {
        using var server = new RecordingPeer(async (socket, peer) =>
        {
            await peer.ReceiveUntilAsync(socket, 1);
            await socket.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n4\r\nbody\r\n0\r\nX-End: here\r\n\r\n"u8.ToArray());
        });
        var response = Protocol.Step(new StepRequest("127.0.0.1", server.Port, "get", []), _cancellation);

        Assert.Equal(new KeyValuePair<string, string>("x-end", "here"), Assert.Single(response.Trailers));
    }

    [Theory]
    [InlineData(8 * 1024 * 1024, false)]
    [InlineData((8 * 1024 * 1024) + 1, true)]
    public void A_body_is_cut_where_it_is_longer_than_is_kept(int size, bool isCut)
    {
        var response = Step("get", ("path", $"/size/{size}"));

        Assert.Equal(8 * 1024 * 1024, response.Body.Length);
        Assert.Equal(isCut, response.Fields.Any(f => f is { Key: "truncated", Value: "true" }));
    }

    [Fact]
    public void Header_names_arrive_in_lower_case_and_the_content_type_is_a_field()
    {
        var response = Step("get", ("path", "/json"));

        Assert.Contains(response.Headers, h => h is { Key: "x-served-by", Value: "kestrel" });
        Assert.Contains(response.Fields, f => f.Key == "content_type" && f.Value.StartsWith("application/json", StringComparison.Ordinal));
    }

    [Fact]
    public void A_refused_connection_is_an_error_without_status()
    {
        var response = Protocol.Step(new StepRequest("127.0.0.1", FreePort.Next(), "get", []), _cancellation);

        Assert.False(response.Success);
        Assert.Equal(0, response.Status);
        Assert.Equal("connection refused", response.Error);
    }

    [Fact]
    public void An_answer_that_is_not_http_is_named_so()
    {
        using var server = new LineServer(_ => "SSH-2.0-OpenSSH\r\n"u8.ToArray());

        var response = Protocol.Step(new StepRequest("127.0.0.1", server.Port, "get", []), _cancellation);

        Assert.False(response.Success);
        Assert.Equal("the answer is not valid HTTP", response.Error);
    }

    [Fact]
    public void A_connection_that_ends_early_is_named_so()
    {
        using var server = new LineServer(_ => "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"u8.ToArray());

        var response = Protocol.Step(new StepRequest("127.0.0.1", server.Port, "get", []), _cancellation);

        Assert.False(response.Success);
        Assert.Equal("connection closed before the response was complete", response.Error);
    }

    [Fact]
    public void Nothing_is_added_to_a_request_beyond_host()
    {
        using var server = new LineServer(_ => "HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());

        Protocol.Step(new StepRequest("127.0.0.1", server.Port, "get", []), _cancellation);

        Assert.Equal($"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\n\r\n", server.Received);
    }

    [Theory]
    [InlineData("/a/../b", "/a/../b")]
    [InlineData("/./a//b/%2e%2E/%7ec%zz?x=../y", "/./a//b/%2e%2E/%7ec%zz?x=../y")]
    [InlineData("/a b\\ü?q=<1>\r\nX: 1#part", "/a%20b%5C%C3%BC?q=%3C1%3E%0D%0AX:%201")]
    public void A_path_is_sent_as_it_is_written(string path, string target)
    {
        using var server = new LineServer(_ => "HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());

        Protocol.Step(new StepRequest("127.0.0.1", server.Port, "get", Fields(("path", path))), _cancellation);

        Assert.Equal($"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\n\r\n", server.Received);
    }

    [Fact]
    public void A_field_may_have_any_text()
    {
        using var server = new LineServer(_ => "HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());

        var response = Protocol.Step(new StepRequest("127.0.0.1", server.Port, "get", Fields(("headers", Fields(("X-Name", "Jürgen"))))), _cancellation);

        Assert.Equal("", response.Error);
        Assert.Contains("\r\nX-Name: Jürgen\r\n", server.Received, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_whose_connection_ends_without_an_answer_is_not_sent_again()
    {
        using var server = new LineServer(_ => []);

        var response = Protocol.Step(new StepRequest("127.0.0.1", server.Port, "get", Fields(("path", "/once"))), _cancellation);

        Assert.False(response.Success);
        Assert.Equal("connection closed before the response was complete", response.Error);
        Assert.Equal($"GET /once HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\n\r\n", server.Received);
    }

    /// <summary>A connection that a step leaves open would count as one of a consumer for rules on connections.</summary>
    [Theory]
    [InlineData("http", "get")]
    [InlineData("http2", "get")]
    [InlineData("grpc", "call")]
    public async Task A_step_ends_its_connection(string protocol, string method)
    {
        await using var server = await KestrelPeer.StartAsync(protocol == "http" ? HttpProtocols.Http1 : HttpProtocols.Http2, Serve);
        await using var relay = new RelayHarness(protocol, server.Port);
        var arguments = method == "call" ? Fields(("method", "/a.B/C"), ("raw", Array.Empty<byte>())) : [];

        await Task.Run(() => ProtocolRegistry.Find(protocol)!.Step(new StepRequest("127.0.0.1", relay.Port, method, arguments), _cancellation), _cancellation);

        await relay.IdleAsync().WaitAsync(TimeSpan.FromSeconds(30), _cancellation);
    }

    [Fact]
    public void A_redirect_to_the_same_address_is_followed()
    {
        var answers = 0;
        using var server = new LineServer(_ => answers++ == 0
            ? "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"u8.ToArray()
            : "HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());

        var response = Protocol.Step(new StepRequest("127.0.0.1", server.Port, "get", Fields(("path", "/again"))), _cancellation);

        Assert.Equal(204, response.Status);
    }

    [Fact]
    public void Readiness_follows_its_status_rules()
    {
        Assert.Null(Check("/status/204"));
        Assert.Equal("status 503", Check("/status/503"));
        Assert.Equal("status 204", Check("/status/204", 200));
        Assert.Null(Check("/status/204", 200, 204));
        Assert.Null(Check("/moved", 302));
        Assert.Null(Check("/moved"));
    }

    [Fact]
    public void The_protocol_probe_accepts_any_answer_below_500_unless_a_path_is_named()
    {
        Assert.Null(Protocol.Probe(new ProbeRequest("127.0.0.1", Port, null, TimeSpan.FromSeconds(2)), _cancellation));
        Assert.Equal("status 404", Protocol.Probe(new ProbeRequest("127.0.0.1", Port, "/nothing", TimeSpan.FromSeconds(2)), _cancellation));
    }

    private static void Serve(WebApplication app)
    {
        app.MapMethods("/echo", ["GET", "POST", "PUT", "DELETE", "PATCH"], async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            return $"{request.Method} {request.Path}{request.QueryString} {request.Headers["X-One"]} [{request.ContentType}] {await reader.ReadToEndAsync()}";
        });
        app.MapGet("/status/{code:int}", (int code) => Results.StatusCode(code));
        app.MapGet("/size/{bytes:int}", (int bytes) => Results.Bytes(new byte[bytes]));
        app.MapGet("/moved", () => Results.Redirect("/echo"));
        app.MapGet("/count/{from:int}/down/{steps:int=0}", (int from, int steps) =>
            steps == from ? Results.Text($"{from} 0") : Results.Redirect($"/count/{from}/down/{steps + 1}"));
        app.MapGet("/json", (HttpResponse response) =>
        {
            response.Headers["X-Served-By"] = "kestrel";
            return Results.Text("{}", "application/json");
        });
    }

    private static List<KeyValuePair<string, object?>> Fields(params (string Name, object? Value)[] fields) =>
        [.. fields.Select(f => new KeyValuePair<string, object?>(f.Name, f.Value))];

    private string? Check(string path, params int[] expect) =>
        Readiness.Http(new Uri($"http://127.0.0.1:{Port}{path}"), expect, null, TimeSpan.FromSeconds(2), _cancellation);

    private StepResponse Step(string method, params (string Name, object? Value)[] arguments) =>
        Protocol.Step(new StepRequest("127.0.0.1", Port, method, Fields(arguments)), _cancellation);
}
