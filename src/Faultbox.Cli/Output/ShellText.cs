namespace Faultbox.Cli.Output;

/// <summary>Command lines that can be pasted into a POSIX shell.</summary>
internal static class ShellText
{
    /// <summary>Joins words, quoting those that need it.</summary>
    public static string Join(params IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '=' or ',' or '+' or '@')
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
