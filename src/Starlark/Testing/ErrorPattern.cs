using System.Text.RegularExpressions;

namespace Starlark.Testing;

/// <summary>The regular expressions of scripts that check error messages: their notation is RE2's.</summary>
internal static partial class ErrorPattern
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>True when the pattern is found in the message.</summary>
    /// <exception cref="EvalException">The pattern is no regular expression, or takes too long.</exception>
    public static bool IsMatch(string message, string pattern, bool ignoreCase = false)
    {
        try
        {
            return Regex.IsMatch(message, Translate(pattern), ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None, Patience);
        }
        catch (RegexParseException)
        {
            throw new EvalException($"invalid regular expression: {pattern}");
        }
        catch (RegexMatchTimeoutException)
        {
            throw new EvalException($"matching takes too long: {pattern}");
        }
    }

    /// <summary>What .NET writes in another way: named groups, classes of characters by name, quoted text.</summary>
    private static string Translate(string pattern) => Foreign().Replace(pattern, m =>
        m.Value == "(?P<" ? "(?<"
        : m.Groups["quoted"].Success ? Regex.Escape(m.Groups["quoted"].Value)
        : m.Groups["class"].Success ? Class(m.Groups["class"].Value)
        : m.Value);

    private static string Class(string name) => name switch
    {
        "alnum" => "0-9A-Za-z",
        "alpha" => "A-Za-z",
        "digit" => "0-9",
        "lower" => "a-z",
        "punct" => @"!-/:-@\[-`{-~",
        "space" => @"\t\n\v\f\r ",
        "upper" => "A-Z",
        "word" => "0-9A-Za-z_",
        "xdigit" => "0-9A-Fa-f",
        _ => $"[:{name}:]",
    };

    [GeneratedRegex(@"\\Q(?<quoted>.*?)(?:\\E|$)|\\.|\(\?P<|\[:(?<class>[a-z]+):\]", RegexOptions.Singleline)]
    private static partial Regex Foreign();
}
