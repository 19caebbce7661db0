using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Faultbox.Protocols.Protobuf;

/// <summary>
/// JSON as values: <c>null</c>, <c>bool</c>, <c>long</c>, <see cref="BigInteger"/>, <c>double</c>, <c>string</c>, a list of values, a list of
/// name and value pairs for an object. The same kinds carry the arguments of steps, where bytes come as <c>byte[]</c>.
/// </summary>
internal static class JsonTree
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 256 };

    /// <summary>Reads a document.</summary>
    /// <exception cref="ProtobufException">The text is no JSON.</exception>
    public static object? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            return Of(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new ProtobufException($"bad JSON at line {(e.LineNumber ?? 0) + 1}, column {(e.BytePositionInLine ?? 0) + 1}");
        }
    }

    private static object? Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, Of(p.Value))).ToList(),
        JsonValueKind.Array => element.EnumerateArray().Select(Of).ToList(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => Number(element.GetRawText()),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static object Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var large) ? large
        : double.Parse(text, CultureInfo.InvariantCulture);
}
