namespace Orders;

/// <summary>One line from inventory: <c>OK &lt;text&gt;</c> or <c>ERR &lt;code&gt; &lt;text&gt;</c>.</summary>
/// <param name="IsOk">Whether the command was carried out.</param>
/// <param name="Code">The error code; empty on success.</param>
/// <param name="Text">The rest of the line.</param>
internal sealed record InventoryReply(bool IsOk, string Code, string Text)
{
    /// <summary>Takes a line apart.</summary>
    /// <exception cref="IOException">The line is not a reply: what is on the other side is not inventory, or broken.</exception>
    public static InventoryReply Parse(string line) => line.Split(' ', 3) switch
    {
        ["OK", ..] => new InventoryReply(true, "", line[2..].TrimStart()),
        ["ERR", var code, var text] => new InventoryReply(false, code, text),
        _ => throw new IOException("the reply of inventory is neither OK nor ERR"),
    };
}
