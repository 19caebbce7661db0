namespace Faultbox.Core.Diagnostics;

/// <summary>The one table of diagnostic codes: level and remedy of each.</summary>
public static class DiagnosticCodes
{
    /// <summary>Level of a code.</summary>
    public static DiagnosticLevel LevelOf(string code) => Find(code).Level;

    /// <summary>What the reader should do about a code.</summary>
    public static string SuggestionFor(string code) => Find(code).Suggestion;

    /// <summary>Every code, ordinal order.</summary>
    public static IEnumerable<string> All => Table.Keys.Order(StringComparer.Ordinal);

    private static Entry Find(string code) =>
        Table.TryGetValue(code, out var entry) ? entry : throw new ArgumentException($"unregistered diagnostic code {code}", nameof(code));

    private static readonly Dictionary<string, Entry> Table = new(StringComparer.Ordinal)
    {
        ["SPEC_SYNTAX"] = new(DiagnosticLevel.Error, "Correct the construct at the position shown; nothing of the file was executed."),
    };

    private readonly record struct Entry(DiagnosticLevel Level, string Suggestion);
}
