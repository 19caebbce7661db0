using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Http.Codec;
using Faultbox.Protocols.Tls;

namespace Faultbox.Protocols.Http;

/// <summary>HTTP by one version: steps, probe and proxy.</summary>
/// <param name="name">Name in specifications.</param>
/// <param name="version">Version that steps and probes speak, without negotiation.</param>
/// <param name="proxy">What its proxy can do.</param>
internal sealed class HttpProtocol(string name, Version version, ProxySupport proxy) : IProtocol
{
    private const int MaximumBody = 8 * 1024 * 1024;
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);
    private static readonly StepArgument[] Arguments =
        [new("path"), new("body"), new("headers"), new("json"), new("timeout"), new("follow_redirects")];

    /// <summary>HTTP/1.1, and HTTP/2 for clients that begin with it.</summary>
    public static HttpProtocol Http1 { get; } = new("http", HttpVersion.Version11, HttpSupport.Http1);

    /// <summary>HTTP/2, and HTTP/1.1 for clients that do not begin with it.</summary>
    public static HttpProtocol Http2 { get; } = new("http2", HttpVersion.Version20, HttpSupport.Http2);

    public string Name => name;

    public ProxySupport Proxy => proxy;

    public IReadOnlyList<StepMethod> Methods { get; } =
        [.. new[] { "get", "post", "put", "delete", "patch" }.Select(m => new StepMethod(m, Arguments))];

    public StepResponse Step(StepRequest request, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var timeout = request.Duration("timeout", DefaultTimeout);
        bound.CancelAfter(timeout);
        try
        {
            using var message = Message(request, version);
            var follow = request.Flag("follow_redirects", true);
            using var invoker = TlsConnect.Http(request.Tls, request.Host, follow);
            return ExchangeAsync(invoker, message, follow, started, bound.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Failed($"timed out after {Durations.Text(timeout)}", started);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or UriFormatException)
        {
            return Failed(TransportError.Describe(e), started);
        }
    }

    public string? Probe(ProbeRequest request, CancellationToken cancellation)
    {
        var path = request.Path ?? "/";
        var status = Get(
            Target(request.Host, request.Port, path, request.Tls is not null), follow: true, request.Timeout, cancellation, out var cause, version, request.Tls);
        return status switch
        {
            0 => cause,
            _ when request.Path is null && status < 500 => null,
            >= 200 and < 400 => null,
            _ => $"status {status}",
        };
    }

    /// <summary>Sends one GET and returns its status; 0 with a cause when there was no answer.</summary>
    internal static int Get(
        Uri url, bool follow, TimeSpan timeout, CancellationToken cancellation, out string? cause, Version? version = null, TlsTrust? trust = null)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(timeout);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, url)
            {
                Version = version ?? HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var invoker = TlsConnect.Http(trust, url.Host, follow);
            using var answer = invoker.SendAsync(message, bound.Token).GetAwaiter().GetResult();
            cause = follow ? Redirects.ProblemOf(answer) : null;
            return cause is null ? (int)answer.StatusCode : 0;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            cause = "timed out";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            cause = TransportError.Describe(e);
        }

        return 0;
    }

    private static HttpRequestMessage Message(StepRequest request, Version version)
    {
        var path = Text(request["path"] ?? "/");
        var message = new HttpRequestMessage(
            HttpMethod.Parse(request.Method.ToUpperInvariant()),
            Target(request.Host, request.Port, path.StartsWith('/') ? path : "/" + path, request.Tls is not null))
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var (body, contentType) = Body(request);
        if (body.Length > 0)
        {
            message.Content = new ByteArrayContent(body);
            if (contentType is not null)
            {
                message.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            }
        }

        foreach (var (name, value) in request.Dictionary("headers"))
        {
            AddHeader(message, name, Text(value));
        }

        return message;
    }

    private static void AddHeader(HttpRequestMessage message, string name, string value)
    {
        if (value.AsSpan().ContainsAny('\r', '\n', '\0'))
        {
            throw new StepArgumentException($"headers: the value of \"{name}\" must be one line");
        }

        if (!HeadLines.IsToken(Encoding.UTF8.GetBytes(name)))
        {
            throw new StepArgumentException($"headers: \"{name}\" is no name of a field");
        }

        if (name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
        {
            message.Content ??= new ByteArrayContent([]);
            message.Content.Headers.Remove(name);
            message.Content.Headers.TryAddWithoutValidation(name, value);
        }
        else
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private static (byte[] Bytes, string? ContentType) Body(StepRequest request) => (request["body"], request["json"]) switch
    {
        ({ }, { }) => throw new StepArgumentException("body and json exclude each other"),
        (null, { } value) => (JsonBody.Encode(value), "application/json"),
        (var value, null) => Body(value),
    };

    private static (byte[] Bytes, string? ContentType) Body(object? value) => value switch
    {
        null => ([], null),
        byte[] raw => (raw, null),
        IReadOnlyList<KeyValuePair<string, object?>> or IReadOnlyList<object?> => (JsonBody.Encode(value), "application/json"),
        _ => (Encoding.UTF8.GetBytes(Text(value)), null),
    };

    private static async Task<StepResponse> ExchangeAsync(
        HttpMessageInvoker invoker, HttpRequestMessage message, bool follow, long started, CancellationToken cancellation)
    {
        using var answer = await invoker.SendAsync(message, cancellation).ConfigureAwait(false);
        if (follow && Redirects.ProblemOf(answer) is { } problem)
        {
            return Failed(problem, started);
        }

        var (body, truncated) = await ReadAsync(answer.Content, cancellation).ConfigureAwait(false);
        var fields = new List<KeyValuePair<string, string>> { new("proto", $"HTTP/{answer.Version}") };
        if (answer.Content.Headers.ContentType is { } type)
        {
            fields.Add(new("content_type", type.ToString()));
        }

        if (truncated)
        {
            fields.Add(new("truncated", "true"));
        }

        return new StepResponse
        {
            Success = true,
            Status = (int)answer.StatusCode,
            Body = body,
            Duration = Stopwatch.GetElapsedTime(started),
            Headers = FieldsOf(answer.Headers.Concat(answer.Content.Headers)),
            Trailers = FieldsOf(answer.TrailingHeaders),
            Fields = fields,
        };
    }

    private static List<KeyValuePair<string, string>> FieldsOf(IEnumerable<KeyValuePair<string, IEnumerable<string>>> headers) =>
        [.. headers.Select(h => new KeyValuePair<string, string>(h.Key.ToLowerInvariant(), string.Join(", ", h.Value)))];

    private static async Task<(byte[] Body, bool Truncated)> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
        {
            var room = MaximumBody - (int)body.Length;
            body.Write(buffer, 0, Math.Min(count, room));
            if (count > room)
            {
                return (body.ToArray(), true);
            }
        }

        return (body.ToArray(), false);
    }

    private static StepResponse Failed(string error, long started) =>
        new() { Success = false, Error = error, Duration = Stopwatch.GetElapsedTime(started) };

    private static Uri Target(string host, int port, string path, bool isSecure) =>
        new($"{(isSecure ? "https" : "http")}://{host}:{port}{SentTarget.Of(path)}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private static string Text(object? value) => value switch
    {
        string text => text,
        byte[] raw => Encoding.UTF8.GetString(raw),
        bool flag => flag ? "True" : "False",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
