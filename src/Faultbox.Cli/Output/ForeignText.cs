using System.Globalization;

namespace Faultbox.Cli.Output;

/// <summary>Text that a program under test chose, such as the name of a file: it must not steer the terminal or break a line.</summary>
internal static class ForeignText
{
    /// <summary>The text with its control characters written as escapes, <c>\n</c> or <c>\x1b</c>.</summary>
    public static string Printable(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(Printable)) : text;

    /// <summary>The same for text of several lines, which stay lines.</summary>
    public static string PrintableLines(string text) => string.Join('\n', text.Split('\n').Select(Printable));

    private static string Printable(char character) => character switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ when char.IsControl(character) => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}"),
        _ => character.ToString(),
    };
}
