using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http;
using Faultbox.Protocols.Http.Proxy;

namespace Faultbox.Protocols.Grpc.Proxy;

/// <summary>
/// A call over HTTP/1.1 on an interface of gRPC: one of gRPC-Web (PROTOCOL-WEB of the gRPC documentation), whose trailers are the last frame
/// of the body, or one of Connect (its protocol reference), whose errors are JSON. What rules answer is in the words of the caller.
/// </summary>
/// <param name="Method">Full method, the path of the request.</param>
/// <param name="ContentType">Content type of the request; null without one.</param>
internal sealed record WebCall(string Method, string? ContentType) : IWebCall
{
    private const string GrpcWeb = "application/grpc-web";
    private const string GrpcWebText = "application/grpc-web-text";
    private const string ConnectStream = "application/connect+";
    private const byte WebTrailers = 0x80;
    private const byte ConnectEnd = 0x02;

    private bool IsConnectStream => ContentType?.StartsWith(ConnectStream, StringComparison.OrdinalIgnoreCase) == true;

    private bool IsConnect => IsConnectStream || ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true;

    /// <inheritdoc/>
    public IReadOnlyList<EventField> Describe(ProxyFault fault) => GrpcDialect.Describe(fault, Method);

    /// <inheritdoc/>
    public bool IsAnswered(ProxyFault fault) => GrpcDialect.StatusOf(fault) is not null;

    /// <inheritdoc/>
    public byte[]? Answer(ProxyFault fault, RequestFacts request)
    {
        if (GrpcDialect.StatusOf(fault) is not { } status)
        {
            return null;
        }

        var isOk = status.Code == 0;
        var message = isOk ? fault.Body.GetValueOrDefault().Span : default;
        return IsConnectStream ? Encode(200, [], [.. Frame(0, message, isThere: isOk), .. Frame(ConnectEnd, isOk ? "{}"u8 : Json(status, "error"))])
            : IsConnect && isOk ? Encode(200, [], message)
            : IsConnect ? Encode(HttpStatusOf(status.Code), [], Json(status, within: null), "application/json")
            : isOk ? Encode(200, [], Web([.. GrpcMessage.Frame(message), .. Frame(WebTrailers, "grpc-status:0\r\n"u8)]))
            : Encode(200, [new("grpc-status", Number(status.Code)), new("grpc-message", GrpcMessage.EncodeText(status.Message))], default);

        byte[] Encode(int httpStatus, IEnumerable<KeyValuePair<string, string>> fields, ReadOnlySpan<byte> body, string? contentType = null) =>
            InjectedAnswer.Encode(httpStatus, [new("Content-Type", fault.ContentType ?? contentType ?? OwnContentType), .. fields, .. fault.Headers], body, request);
    }

    private string OwnContentType =>
        IsConnect ? ContentType ?? "application/proto"
        : ContentType!.StartsWith(GrpcWeb, StringComparison.OrdinalIgnoreCase) ? ContentType
        : $"{GrpcWeb}+proto";

    /// <summary>A body as the caller reads it: the text form is base64.</summary>
    private byte[] Web(byte[] body) => ContentType!.StartsWith(GrpcWebText, StringComparison.OrdinalIgnoreCase)
        ? Encoding.ASCII.GetBytes(Convert.ToBase64String(body))
        : body;

    private static byte[] Frame(byte flags, ReadOnlySpan<byte> content, bool isThere = true)
    {
        if (!isThere)
        {
            return [];
        }

        var frame = GrpcMessage.Frame(content);
        frame[0] = flags;
        return frame;
    }

    private static byte[] Json((int Code, string Message) status, string? within)
    {
        var error = new JsonObject { ["code"] = ConnectName(status.Code), ["message"] = status.Message };
        return Encoding.UTF8.GetBytes((within is null ? error : new JsonObject { [within] = error }).ToJsonString(JsonBody.Text));
    }

    /// <summary>For example <c>failed_precondition</c>.</summary>
    private static string ConnectName(int code) => JsonNamingPolicy.SnakeCaseLower.ConvertName(GrpcStatus.NameOf(code));

    /// <summary>Status of a unary call of Connect that failed.</summary>
    private static int HttpStatusOf(int code) => code switch
    {
        1 => 499,
        3 or 9 or 11 => 400,
        GrpcStatus.DeadlineExceeded => 504,
        5 => 404,
        6 or 10 => 409,
        GrpcStatus.PermissionDenied => 403,
        8 => 429,
        GrpcStatus.Unimplemented => 501,
        GrpcStatus.Unavailable => 503,
        GrpcStatus.Unauthenticated => 401,
        _ => 500,
    };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
