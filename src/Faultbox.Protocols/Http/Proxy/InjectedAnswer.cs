using System.Globalization;
using System.Text;
using System.Text.Json;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Grpc;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>The answer that a <c>response()</c> or <c>error()</c> rule gives in place of the service.</summary>
internal static class InjectedAnswer
{
    private const int DefaultStatus = 500;
    private const int SuccessStatus = 200;
    private const int FirstStatus = 100;

    /// <summary>Status of the answer.</summary>
    public static int StatusOf(ProxyFault fault) =>
        fault.Status is not { } status ? DefaultStatus
        : CallStatusOf(fault) is not null ? SuccessStatus
        : int.Parse(status, CultureInfo.InvariantCulture);

    /// <summary>Body of the answer: the given one, or the message as a JSON object.</summary>
    public static ReadOnlyMemory<byte> BodyOf(ProxyFault fault) =>
        CallStatusOf(fault) is not null ? default
        : fault is { Body: { Length: > 0 } body } ? body
        : fault.Message is { } message ? Encoding.UTF8.GetBytes($"{{\"error\":{JsonSerializer.Serialize(message, JsonBody.Text)}}}")
        : default;

    /// <summary>Fields of the answer in order, content type first.</summary>
    public static IEnumerable<KeyValuePair<string, string>> FieldsOf(ProxyFault fault)
    {
        if (!fault.Headers.Any(h => h.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)))
        {
            yield return new("Content-Type", fault.ContentType ?? (CallStatusOf(fault) is null ? "application/json" : "application/grpc-web+proto"));
        }

        if (CallStatusOf(fault) is { } code)
        {
            yield return new("grpc-status", code.ToString(CultureInfo.InvariantCulture));
            yield return new("grpc-message", GrpcMessage.EncodeText(fault.Message ?? ""));
        }

        foreach (var field in fault.Headers)
        {
            yield return field;
        }
    }

    /// <summary>The status of a call when the rule is one of gRPC, which met a call of gRPC-Web; null for a status of HTTP.</summary>
    private static int? CallStatusOf(ProxyFault fault) =>
        fault.Status is { } status && !(int.TryParse(status, CultureInfo.InvariantCulture, out var number) && number >= FirstStatus)
        && GrpcStatus.TryParse(status, out var code)
            ? code
            : null;

    /// <summary>The answer as bytes of HTTP/1.1.</summary>
    public static byte[] Encode(ProxyFault fault, RequestFacts request)
    {
        var status = StatusOf(fault);
        var mayHaveBody = status is not (204 or 304);
        var body = mayHaveBody ? BodyOf(fault) : default;
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} {ReasonPhrase.Of(status)}\r\n");
        foreach (var (name, value) in FieldsOf(fault))
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        if (mayHaveBody)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        }

        head.Append(request.Closes ? "Connection: close\r\n\r\n" : "\r\n");
        return [.. Encoding.Latin1.GetBytes(head.ToString()), .. request.IsHead ? [] : body.Span];
    }
}
