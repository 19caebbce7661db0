using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Tests.Relay;
using HttpHeaders = Faultbox.Core.Proxying.HttpHeaders;

namespace Faultbox.Protocols.Tests.Grpc;

/// <summary>
/// What a client that is not of the protocol of a fault reports: <c>@grpc/grpc-js</c> behind a proxy of <c>http2</c>, curl and HttpClient behind one
/// of <c>grpc</c>. The service is one of Node.js.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ClientErrorTests : IAsyncLifetime
{
    private const string List = "/acme.Ledger/List";
    private const int StreamError = 92;

    /// <summary>A message of gRPC that asks for five replies.</summary>
    private static readonly byte[] Question = [0, 0, 0, 0, 2, 0x18, 5];

    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;
    private NodePeer _service = null!;
    private RelayHarness _relay = null!;

    public async ValueTask InitializeAsync() => _service = await NodePeer.StartAsync("server.js");

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        _service.Dispose();
    }

    public static TheoryData<HttpFault, int> HttpFaults => new()
    {
        { new HttpTruncate(new BodyPoint(12, 0), Reset: false), 13 },

        // The status of gRPC in the trailers goes before that of HTTP.
        { new HttpOtherStatus(503), 0 },
        { new HttpHeaders(new FieldChange([new("content-type", "text/plain")], [], []), OnRequest: true), 2 },
        { new HttpHeaders(new FieldChange([new("x-initial", "other")], [], []), OnRequest: false), 0 },
        { new HttpGoAway("ENHANCE_YOUR_CALM", Graceful: false, AfterStreams: 1), 8 },
        { new HttpGoAway("INTERNAL_ERROR", Graceful: false, AfterStreams: 1), 13 },
        { new HttpGoAway("NO_ERROR", Graceful: true, AfterStreams: 1), 0 },
    };

    [Theory]
    [MemberData(nameof(HttpFaults), DisableDiscoveryEnumeration = true)]
    public async Task A_client_of_grpc_has_a_code_for_a_fault_of_http(HttpFault fault, int code)
    {
        Open("http2", new ProxyFault { Action = ProxyAction.Http, Http = fault });

        var line = Assert.Single(await NodePeer.RunAsync("client.js", _relay.Port.ToString(CultureInfo.InvariantCulture), "unary"));

        Assert.Equal(code, JsonDocument.Parse(line).RootElement.GetProperty("code").GetInt32());
        Assert.NotEmpty(_relay.Events("proxy"));
    }

    public static TheoryData<GrpcFault, int, long?> GrpcFaults => new()
    {
        { new GrpcEndStatus("UNAVAILABLE", "", 2), 0, null },
        { new GrpcNoTrailers(), 0, null },
        { new GrpcCut(2, "INTERNAL"), StreamError, 2 },
        { new GrpcCut(0, "CANCEL"), StreamError, 8 },
    };

    [Theory]
    [MemberData(nameof(GrpcFaults), DisableDiscoveryEnumeration = true)]
    public async Task A_client_of_http_fails_for_a_fault_of_grpc_that_is_one_of_http(GrpcFault fault, int exitCode, long? reset)
    {
        Open("grpc", new ProxyFault { Action = ProxyAction.Grpc, Grpc = fault, Matcher = new MessageMatcher { Method = new MessageGlob(List) } });

        Assert.Equal(exitCode, await CurlAsync());
        if (reset is null)
        {
            var (trailers, _) = await AskAsync();
            Assert.Equal(fault is GrpcEndStatus ? ["14"] : [], trailers.TryGetValues("grpc-status", out var status) ? status : []);
        }
        else
        {
            var failure = await Assert.ThrowsAnyAsync<Exception>(AskAsync);
            var protocol = failure as HttpProtocolException ?? failure.InnerException as HttpProtocolException;
            Assert.Equal((HttpRequestError.HttpProtocolError, reset), (protocol?.HttpRequestError, protocol?.ErrorCode));
        }

        Assert.Equal(2, _relay.Events("proxy").Count);
    }

    [Fact]
    public async Task A_status_ends_the_replies_that_a_client_of_http_gets()
    {
        Open("grpc", new ProxyFault { Action = ProxyAction.Grpc, Grpc = new GrpcEndStatus("UNAVAILABLE", "", 2) });
        var (_, two) = await AskAsync();
        await _relay.DisposeAsync();
        Open("grpc");
        var (_, five) = await AskAsync();

        // Five bytes before each reply, and two of it.
        Assert.Equal((2 * 7, 5 * 7), (two.Length, five.Length));
    }

    private void Open(string protocol, params ProxyFault[] faults)
    {
        _relay = new RelayHarness(protocol, _service.Port);
        _relay.Open(faults);
    }

    private async Task<(HttpResponseHeaders Trailers, byte[] Body)> AskAsync()
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{_relay.Port}{List}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Question) { Headers = { ContentType = new("application/grpc") } },
            Headers = { TE = { new("trailers") } },
        };
        using var answer = await client.SendAsync(request, _cancellation);
        var body = await answer.Content.ReadAsByteArrayAsync(_cancellation);
        return (answer.TrailingHeaders, body);
    }

    private async Task<int> CurlAsync()
    {
        using var process = Process.Start(new ProcessStartInfo(
            "curl",
            [
                "-s", "--fail", "--http2-prior-knowledge", "--max-time", "60", "-o", "/dev/null", "-H", "content-type: application/grpc", "-H", "te: trailers",
                "--data-binary", "@-", $"http://127.0.0.1:{_relay.Port}{List}",
            ])
        {
            RedirectStandardInput = true,
        })!;
        await process.StandardInput.BaseStream.WriteAsync(Question, _cancellation);
        process.StandardInput.Close();
        await process.WaitForExitAsync(_cancellation);
        return process.ExitCode;
    }
}
