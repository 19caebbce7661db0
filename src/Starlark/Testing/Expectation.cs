using System.Text.RegularExpressions;

namespace Starlark.Testing;

/// <summary>
/// An error that a script announces with <c>### "regex"</c> on the line that raises it. Without quotes the text is a regular expression or a
/// part of the message, in any case; and in a comment that stands alone it is about the whole chunk.
/// </summary>
public sealed partial class Expectation
{
    private readonly string[] _patterns;
    private readonly bool _quoted;
    private readonly bool _isForOneImplementation;

    private Expectation(int line, string[] patterns, bool quoted, bool standsAlone, bool isForOneImplementation)
    {
        (Line, _patterns, _quoted, StandsAlone, _isForOneImplementation) = (line, patterns, quoted, standsAlone, isForOneImplementation);
    }

    /// <summary>Line of the file, from 1.</summary>
    public int Line { get; }

    /// <summary>True when its line holds no code: any line of the chunk may raise the error.</summary>
    public bool StandsAlone { get; }

    /// <summary>True when the line must be the very one that raises the error; otherwise another line of the same statement will do.</summary>
    public bool IsExact => _quoted;

    /// <summary>What it expects, for messages.</summary>
    public string Pattern => string.Join(" or ", _patterns);

    /// <summary>Compares with the message of an error.</summary>
    public bool Matches(string message) => _patterns.Any(p => Matches(message, p));

    /// <summary>Reads the expectation of a line; null when it has none.</summary>
    internal static Expectation? Read(string line, int number)
    {
        var at = line.IndexOf("###", StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        var text = line[(at + 3)..].Trim();
        var standsAlone = string.IsNullOrWhiteSpace(line[..at]);
        if (text.Length == 0 || (standsAlone && text[0] == '#'))
        {
            return null;
        }

        if (text[0] == '"' && Unquote(text) is { } unquoted)
        {
            return new Expectation(number, [unquoted], quoted: true, standsAlone: false, isForOneImplementation: false);
        }

        if (text[0] == '`' && text.IndexOf('`', 1) is > 0 and var end)
        {
            return new Expectation(number, [text[1..end]], quoted: true, standsAlone: false, isForOneImplementation: false);
        }

        // Shared suites name the implementation whose words follow; any of them will do.
        var prefix = ImplementationPrefix().Match(text);
        return new Expectation(number, [text[prefix.Length..]], quoted: false, standsAlone, prefix.Success);
    }

    /// <summary>Joins expectations that give one error in the words of several implementations.</summary>
    internal static IReadOnlyList<Expectation> Group(IEnumerable<Expectation> expectations)
    {
        var result = new List<Expectation>();
        foreach (var next in expectations)
        {
            if (result is [.., { _isForOneImplementation: true } last] && next._isForOneImplementation && next.Line - last.Line <= last._patterns.Length)
            {
                result[^1] = new Expectation(last.Line, [.. last._patterns, .. next._patterns], quoted: false, last.StandsAlone && next.StandsAlone, true);
            }
            else
            {
                result.Add(next);
            }
        }

        return result;
    }

    private bool Matches(string message, string pattern)
    {
        if (!_quoted && message.Contains(pattern, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        try
        {
            return ErrorPattern.IsMatch(message, pattern, ignoreCase: !_quoted);
        }
        catch (EvalException)
        {
            return message.Contains(pattern, StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>Text of a literal in double quotes; null when it is not closed.</summary>
    private static string? Unquote(string text)
    {
        var end = 1;
        while (end < text.Length && text[end] != '"')
        {
            end += text[end] == '\\' ? 2 : 1;
        }

        return end < text.Length ? Escape().Replace(text[1..end], m => m.Groups[1].Value) : null;
    }

    [GeneratedRegex("^(go|java|rust): *")]
    private static partial Regex ImplementationPrefix();

    [GeneratedRegex("""\\([\\"])""")]
    private static partial Regex Escape();
}
