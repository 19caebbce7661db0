using System.Text.Json.Serialization;

namespace Orders;

/// <summary>An order: what is asked for, and what is answered once the goods are reserved.</summary>
/// <param name="Id">Chosen by the client; sending an order with the same id again is safe.</param>
/// <param name="Sku">The article.</param>
/// <param name="Qty">How many pieces, at least one.</param>
internal sealed record Order(string? Id, string? Sku, int Qty)
{
    private const int MaxName = 100;

    /// <summary>Whether the order fits into one inventory command: both names are one plain word and the quantity is positive.</summary>
    [JsonIgnore]
    public bool IsValid => IsName(Id) && IsName(Sku) && Qty > 0;

    private static bool IsName(string? text) =>
        text is { Length: > 0 and <= MaxName } && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
}

/// <summary>The problem body (RFC 9457) of every answer that is not a success.</summary>
/// <param name="Status">The HTTP status, repeated.</param>
/// <param name="Title">What happened, the same for every occurrence.</param>
/// <param name="Code">A word a program can act on: the errno or inventory's own code.</param>
/// <param name="Detail">The cause, as far as it is known, and what the client may do.</param>
internal sealed record Problem(int Status, string Title, string Code, string Detail);

/// <summary>JSON metadata built at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class OrdersJson : JsonSerializerContext;
