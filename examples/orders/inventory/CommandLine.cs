using System.Globalization;

namespace Inventory;

/// <summary>
/// The commands of the line protocol:
/// <code>
/// RESERVE &lt;sku&gt; &lt;qty&gt; &lt;order-id&gt;   OK &lt;pieces left&gt;
/// RELEASE &lt;order-id&gt;               OK released
/// STOCK &lt;sku&gt;                      OK &lt;pieces left&gt;
/// CHECK                            OK &lt;reservations&gt; consistent
/// PING                             OK pong
/// </code>
/// Every command can be answered with <c>ERR &lt;code&gt; &lt;text&gt;</c>.
/// </summary>
internal static class CommandLine
{
    private const int MaxWord = 100;

    /// <summary>Carries out one line.</summary>
    public static Reply Execute(Warehouse warehouse, string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Any(word => word.Length > MaxWord || !word.All(IsWordCharacter)))
        {
            return Reply.Error("EINVAL", $"words are up to {MaxWord} ASCII letters, digits, '-', '_' and '.'");
        }

        return words switch
        {
            ["RESERVE", var sku, var quantity, var orderId] when TryQuantity(quantity, out var pieces) =>
                warehouse.Reserve(sku, pieces, orderId),
            ["RELEASE", var orderId] => warehouse.Release(orderId),
            ["STOCK", var sku] => warehouse.Stock(sku),
            ["CHECK"] => warehouse.Check(),
            ["PING"] => Reply.Ok("pong"),
            _ => Reply.Error("EINVAL", "use RESERVE <sku> <qty> <order-id>, RELEASE <order-id>, STOCK <sku>, CHECK or PING"),
        };
    }

    private static bool IsWordCharacter(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.';

    private static bool TryQuantity(string text, out int pieces) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out pieces) && pieces > 0;
}
