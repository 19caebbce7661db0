using System.Globalization;
using System.Text;
using System.Text.Json;
using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>The answer that a <c>response()</c> or <c>error()</c> rule gives in place of the service.</summary>
internal static class InjectedAnswer
{
    private const int DefaultStatus = 500;

    /// <summary>Status of the answer.</summary>
    public static int StatusOf(ProxyFault fault) =>
        fault.Status is { } status ? int.Parse(status, CultureInfo.InvariantCulture) : DefaultStatus;

    /// <summary>Body of the answer: the given one, or the message as a JSON object.</summary>
    public static ReadOnlyMemory<byte> BodyOf(ProxyFault fault) =>
        fault is { Body: { Length: > 0 } body } ? body
        : fault.Message is { } message ? Encoding.UTF8.GetBytes($"{{\"error\":{JsonSerializer.Serialize(message, JsonBody.Text)}}}")
        : default;

    /// <summary>Fields of the answer in order, content type first.</summary>
    public static IEnumerable<KeyValuePair<string, string>> FieldsOf(ProxyFault fault)
    {
        if (!fault.Headers.Any(h => h.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)))
        {
            yield return new("Content-Type", fault.ContentType ?? "application/json");
        }

        foreach (var field in fault.Headers)
        {
            yield return field;
        }
    }

    /// <summary>The answer as bytes of HTTP/1.1.</summary>
    public static byte[] Encode(ProxyFault fault, RequestFacts request) => Encode(StatusOf(fault), FieldsOf(fault), BodyOf(fault).Span, request);

    /// <summary>An answer as bytes of HTTP/1.1, with the length of its body.</summary>
    public static byte[] Encode(int status, IEnumerable<KeyValuePair<string, string>> fields, ReadOnlySpan<byte> body, RequestFacts request)
    {
        var mayHaveBody = status is not (204 or 304);
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} {ReasonPhrase.Of(status)}\r\n");
        foreach (var (name, value) in fields)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        if (mayHaveBody)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        }

        head.Append(request.Closes ? "Connection: close\r\n\r\n" : "\r\n");
        return [.. Encoding.Latin1.GetBytes(head.ToString()), .. request.IsHead || !mayHaveBody ? default : body];
    }
}
