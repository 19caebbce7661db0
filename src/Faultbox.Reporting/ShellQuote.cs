using System.Buffers;

namespace Faultbox.Reporting;

/// <summary>Writes command lines that a POSIX shell reads back unchanged.</summary>
public static class ShellQuote
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=@%+,-");

    /// <summary>One word: as it is when no character is special, otherwise in single quotes.</summary>
    public static string Word(string word) =>
        word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>Words separated by one space.</summary>
    public static string Line(params IEnumerable<string> words) => string.Join(' ', words.Select(Word));
}
