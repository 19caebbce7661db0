using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Faultbox.Protocols.Tls;

namespace Faultbox.Protocols.Grpc.Client;

/// <summary>One remote procedure call.</summary>
/// <param name="Authority"><c>host:port</c>.</param>
/// <param name="Method"><c>/package.Service/Method</c>.</param>
/// <param name="Messages">Messages to send, without prefix.</param>
/// <param name="Metadata">Fields to send, in order.</param>
/// <param name="Timeout">Deadline, also told to the service.</param>
/// <param name="Tls">TLS of the service; null for none.</param>
internal sealed record GrpcCall(
    string Authority,
    string Method,
    IReadOnlyList<ReadOnlyMemory<byte>> Messages,
    IReadOnlyList<KeyValuePair<string, string>> Metadata,
    TimeSpan Timeout,
    TlsTrust? Tls = null)
{
    /// <summary>Performs the call. A failed transport is a reply with the status it stands for.</summary>
    /// <exception cref="OperationCanceledException">Cancelled by the caller.</exception>
    public async Task<GrpcReply> SendAsync(CancellationToken cancellation)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(Timeout);
        try
        {
            using var request = Request();
            using var invoker = TlsConnect.Http(Tls, request.RequestUri!.Host, follow: false);
            using var answer = await invoker.SendAsync(request, bound.Token).ConfigureAwait(false);
            var body = await answer.Content.ReadAsByteArrayAsync(bound.Token).ConfigureAwait(false);
            return Reply(answer, body);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return GrpcReply.Failed(GrpcStatus.DeadlineExceeded, "context deadline exceeded");
        }
        catch (Exception e) when (ResetOf(e) is { } code)
        {
            return GrpcReply.Failed(GrpcStatus.OfReset(code), $"stream terminated by RST_STREAM with error code: {Http2.Codec.Http2ErrorName.All[(int)code]}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return GrpcReply.Failed(GrpcStatus.Unavailable, TransportError.Describe(e));
        }
    }

    private static Http2.Codec.Http2Error? ResetOf(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            if (e is HttpProtocolException { ErrorCode: >= 0 and <= (long)Http2.Codec.Http2Error.Http11Required } reset)
            {
                return (Http2.Codec.Http2Error)reset.ErrorCode;
            }
        }

        return null;
    }

    private HttpRequestMessage Request()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"{(Tls is null ? "http" : "https")}://{Authority}{Method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([.. Messages.SelectMany(m => GrpcMessage.Frame(m.Span))]),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.ParseAdd("trailers");
        request.Headers.TryAddWithoutValidation("grpc-timeout", Deadline(Timeout));
        foreach (var (name, value) in Metadata)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static GrpcReply Reply(HttpResponseMessage answer, byte[] body)
    {
        var trailers = Fields(answer.TrailingHeaders);
        var headers = Fields(answer.Headers.Concat(answer.Content.Headers));
        var status = Find(trailers, "grpc-status") ?? Find(headers, "grpc-status");
        if (status is null)
        {
            return GrpcReply.Failed(
                GrpcStatus.OfHttp((int)answer.StatusCode),
                answer.StatusCode == HttpStatusCode.OK ? "the answer ended without a grpc-status" : $"unexpected HTTP status {(int)answer.StatusCode}");
        }

        var code = int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : GrpcStatus.Unknown;
        var message = GrpcMessage.DecodeText(Find(trailers, "grpc-message") ?? Find(headers, "grpc-message") ?? "");
        return new GrpcReply(code, message, SplitMessages(body), headers, trailers);

        static string? Find(IReadOnlyList<KeyValuePair<string, string>> fields, string name) =>
            fields.Where(f => f.Key == name).Select(f => f.Value).FirstOrDefault();
    }

    private static List<byte[]> SplitMessages(ReadOnlySpan<byte> body)
    {
        var messages = new List<byte[]>();
        while (GrpcMessage.TryTake(ref body, out _, out var message))
        {
            messages.Add(message.ToArray());
        }

        return messages;
    }

    private static List<KeyValuePair<string, string>> Fields(IEnumerable<KeyValuePair<string, IEnumerable<string>>> headers) =>
        [.. headers.Select(h => new KeyValuePair<string, string>(h.Key.ToLowerInvariant(), string.Join(", ", h.Value)))];

    /// <summary>A deadline in the largest unit that keeps it in eight digits.</summary>
    private static string Deadline(TimeSpan timeout)
    {
        var milliseconds = Math.Max(1, (long)timeout.TotalMilliseconds);
        return milliseconds < 100_000_000
            ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds}m")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Min(milliseconds / 1000, 99_999_999)}S");
    }
}
