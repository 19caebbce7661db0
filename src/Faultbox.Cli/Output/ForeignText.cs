using System.Globalization;

namespace Faultbox.Cli.Output;

/// <summary>
/// Text that a program under test chose, such as the name of a file or a header: it must not steer the terminal, break a line or bury the rest.
/// Results and bundles have the whole of it.
/// </summary>
internal static class ForeignText
{
    /// <summary>Characters of a rule in a line about it.</summary>
    public const int RuleCharacters = 300;

    private const int MostCharacters = 2000;
    private const int MostLines = 200;

    /// <summary>The text with its control characters written as escapes, <c>\n</c> or <c>\x1b</c>, and without the middle when it is long.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">Characters that are shown of a long one, a fifth of them from its end.</param>
    public static string Printable(string text, int most = MostCharacters) => text.Length <= most ? Escaped(text) : Abridged(text, most);

    /// <summary>The same for text of several lines, which stay lines.</summary>
    public static string PrintableLines(string text)
    {
        var lines = text.Split('\n');
        var shown = string.Join('\n', lines.Take(MostLines).Select(l => Printable(l)));
        return lines.Length <= MostLines ? shown : string.Create(CultureInfo.InvariantCulture, $"{shown}\n… {lines.Length - MostLines} lines left out");
    }

    private static string Abridged(string text, int most)
    {
        var (end, start) = (Boundary(text, most - (most / 5)), Boundary(text, text.Length - (most / 5)));
        return string.Create(CultureInfo.InvariantCulture, $"{Escaped(text[..end])} … {start - end} characters left out … {Escaped(text[start..])}");
    }

    /// <summary>The position itself, or the one before it where a character of two units would be cut.</summary>
    private static int Boundary(string text, int position) => char.IsLowSurrogate(text[position]) ? position - 1 : position;

    private static string Escaped(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(Escaped)) : text;

    private static string Escaped(char character) => character switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ when char.IsControl(character) => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}"),
        _ => character.ToString(),
    };
}
