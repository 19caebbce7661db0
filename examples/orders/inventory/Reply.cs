namespace Inventory;

/// <summary>One line back to the client: <c>OK &lt;text&gt;</c> or <c>ERR &lt;code&gt; &lt;text&gt;</c>.</summary>
internal readonly record struct Reply(string Line)
{
    /// <summary>The command was carried out.</summary>
    public static Reply Ok(string text) => new($"OK {text}");

    /// <summary>The command was refused; <paramref name="code"/> is a single word a program can act on.</summary>
    public static Reply Error(string code, string text) => new($"ERR {code} {text}");
}
