using System.Buffers.Binary;
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
    private const int LargestRead = 64 * 1024;

    /// <summary><c>host:port</c>, with an address of version 6 in brackets.</summary>
    public static string AuthorityOf(string host, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");

    /// <summary>Performs the call. A failed transport is a reply with the status it stands for.</summary>
    /// <exception cref="OperationCanceledException">Cancelled by the caller.</exception>
    public async Task<GrpcReply> SendAsync(CancellationToken cancellation)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(Timeout);
        var messages = new List<byte[]>();
        IReadOnlyList<KeyValuePair<string, string>> headers = [];
        try
        {
            using var request = Request();
            using var invoker = TlsConnect.Http(Tls, request.RequestUri!.Host, follow: false);
            using var answer = await invoker.SendAsync(request, bound.Token).ConfigureAwait(false);
            headers = Fields(answer.Headers.Concat(answer.Content.Headers));
            await ReadAsync(answer.Content, messages, bound.Token).ConfigureAwait(false);
            return Reply(answer, headers, messages);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Failed(GrpcStatus.DeadlineExceeded, "context deadline exceeded");
        }
        catch (Exception e) when (ResetOf(e) is { } code)
        {
            return Failed(GrpcStatus.OfReset(code), $"stream terminated by RST_STREAM with error code: {Http2.Codec.Http2ErrorName.All[(int)code]}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Failed(GrpcStatus.Unavailable, TransportError.Describe(e));
        }
        catch (InvalidDataException e)
        {
            return Failed(GrpcStatus.Internal, e.Message);
        }

        GrpcReply Failed(int code, string message) => new(code, message, messages, headers, []);
    }

    /// <summary>Reads messages as they come, so that a call that fails later still has them.</summary>
    private static async Task ReadAsync(HttpContent content, List<byte[]> messages, CancellationToken cancellation)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var prefix = new byte[GrpcMessage.PrefixSize];
        while (true)
        {
            var count = await stream.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            if (count == 0)
            {
                return;
            }

            var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
            if (count < prefix.Length || length > Array.MaxLength)
            {
                throw new InvalidDataException("the answer ends inside a message");
            }

            if (prefix[0] != 0)
            {
                throw new InvalidDataException("a compressed message, which was not asked for");
            }

            // The length is the server's word: memory is taken as bytes come.
            using var message = new MemoryStream();
            var buffer = new byte[Math.Min(length, LargestRead)];
            for (var rest = (int)length; rest > 0; rest -= count)
            {
                count = await stream.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, rest)), cancellation).ConfigureAwait(false);
                if (count == 0)
                {
                    throw new InvalidDataException("the answer ends inside a message");
                }

                message.Write(buffer, 0, count);
            }

            messages.Add(message.ToArray());
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

    private static GrpcReply Reply(HttpResponseMessage answer, IReadOnlyList<KeyValuePair<string, string>> headers, List<byte[]> messages)
    {
        // An answer without messages may have its status in the only block of fields there is.
        var trailers = Fields(answer.TrailingHeaders) is { Count: > 0 } last ? last : headers.Any(h => h.Key == "grpc-status") ? headers : [];
        if (Find("grpc-status") is not { } status)
        {
            return new GrpcReply(
                GrpcStatus.OfHttp((int)answer.StatusCode),
                answer.StatusCode == HttpStatusCode.OK ? "the answer ended without a grpc-status" : $"unexpected HTTP status {(int)answer.StatusCode}",
                messages,
                headers,
                trailers);
        }

        var code = int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : GrpcStatus.Unknown;
        return new GrpcReply(code, GrpcMessage.DecodeText(Find("grpc-message") ?? ""), messages, headers, trailers);

        string? Find(string name) => trailers.Where(f => f.Key == name).Select(f => f.Value).FirstOrDefault();
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
