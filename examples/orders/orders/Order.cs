using System.Text.Json.Serialization;

namespace Orders;

/// <summary>An accepted order, and the body of the request that asks for it.</summary>
internal sealed record Order(string Id, string Sku, int Qty)
{
    /// <summary>Whether the order can be written as one inventory command: names without spaces, a positive quantity.</summary>
    [JsonIgnore]
    public bool IsValid => IsName(Id) && IsName(Sku) && Qty > 0;

    private static bool IsName(string? text) =>
        text is { Length: > 0 and <= 100 } && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
}

/// <summary>The body of every answer that is not a success.</summary>
/// <param name="Status">The HTTP status, repeated.</param>
/// <param name="Title">What happened.</param>
/// <param name="Detail">The cause, as far as it is known.</param>
internal sealed record Problem(int Status, string Title, string Detail);

/// <summary>JSON metadata built at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class OrdersJson : JsonSerializerContext;
