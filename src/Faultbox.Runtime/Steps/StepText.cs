using System.Globalization;
using System.Numerics;
using System.Text;

namespace Faultbox.Runtime.Steps;

/// <summary>The texts of step events.</summary>
internal static class StepText
{
    /// <summary>Longest value of an event field, in bytes of UTF-8.</summary>
    public const int FieldBytes = 200;

    /// <summary>Arguments that step events carry.</summary>
    public static readonly IReadOnlyList<string> RecordedArguments =
        ["sql", "query", "args", "params", "path", "body", "headers", "table", "key", "value", "topic", "message", "payload", "db", "command"];

    /// <summary>Cuts a text to a number of UTF-8 bytes, on a character boundary, and marks the cut.</summary>
    public static string Truncate(string text, int bytes = FieldBytes)
    {
        if (text.Length * 3 <= bytes || Encoding.UTF8.GetByteCount(text) <= bytes)
        {
            return text;
        }

        var used = 0;
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (used + rune.Utf8SequenceLength > bytes)
            {
                break;
            }

            used += rune.Utf8SequenceLength;
            length += rune.Utf16SequenceLength;
        }

        return text[..length] + "…";
    }

    /// <summary>Text of an argument: strings as they are, everything else in the notation of the specification language.</summary>
    public static string OfArgument(object? value) => value as string ?? Literal(value);

    /// <summary>One line that says what a step does, for example <c>GET /health</c>.</summary>
    public static string OfRequest(string protocol, string method, IReadOnlyList<KeyValuePair<string, object?>> arguments)
    {
        if (protocol is "http" or "http2")
        {
            var path = arguments.FirstOrDefault(a => a.Key == "path").Value as string;
            return Truncate($"{method.ToUpperInvariant()} {path ?? "/"}");
        }

        return arguments.Count == 0 ? method : Truncate($"{method} {OfArgument(arguments[0].Value)}");
    }

    private static string Literal(object? value) => value switch
    {
        null => "None",
        bool truth => truth ? "True" : "False",
        string text => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"",
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        long or int or BigInteger or double => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        IEnumerable<KeyValuePair<string, object?>> pairs => "{" + string.Join(", ", pairs.Select(p => $"{Literal(p.Key)}: {Literal(p.Value)}")) + "}",
        IEnumerable<object?> items => "[" + string.Join(", ", items.Select(Literal)) + "]",
        _ => value.ToString() ?? "",
    };
}
