namespace Inventory;

/// <summary>One change of the stock, as the log keeps it.</summary>
/// <param name="OrderId">The order that causes it; the key that makes requests idempotent.</param>
internal abstract record Change(string OrderId);

/// <summary>Goods are set aside for an order.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Sku">The article.</param>
/// <param name="Quantity">How many pieces, at least one.</param>
internal sealed record Reserved(string OrderId, string Sku, int Quantity) : Change(OrderId);

/// <summary>The goods set aside for an order are back in stock.</summary>
/// <param name="OrderId">The order.</param>
internal sealed record Released(string OrderId) : Change(OrderId);
