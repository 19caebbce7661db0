using System.Globalization;
using System.Numerics;
using System.Text;

namespace Faultbox.Runtime.Steps;

/// <summary>The texts of step events.</summary>
internal static class StepText
{
    /// <summary>Longest value of an event field, in bytes of UTF-8.</summary>
    public const int FieldBytes = 200;

    /// <summary>Longest preview of what a step sends, in bytes of UTF-8.</summary>
    private const int PreviewBytes = 500;

    private static readonly string[] Previewed = ["sql", "query", "path", "topic", "command", "body"];

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

    /// <summary>What a step sends, in short: the first of the telling arguments that is there; empty without one.</summary>
    public static string Preview(IReadOnlyList<KeyValuePair<string, object?>> arguments) => Previewed
        .Select(name => arguments.FirstOrDefault(a => a.Key == name).Value)
        .Where(value => value is not null)
        .Select(value => Truncate(OfArgument(value), PreviewBytes))
        .FirstOrDefault(text => text.Length > 0) ?? "";

    /// <summary>One line that says what a step does, for example <c>→ shop.get /health</c>.</summary>
    public static string OfRequest(string service, string method, string preview) => Line("→", service, method, preview);

    /// <summary>One line that says what came of a step, for example <c>← shop.get /health  [200]</c>.</summary>
    /// <param name="service">Service that was stepped.</param>
    /// <param name="method">Method of the step.</param>
    /// <param name="preview">What was sent, in short.</param>
    /// <param name="status">Status of the answer; 0 for none.</param>
    /// <param name="error">What failed; null when nothing did.</param>
    public static string OfResponse(string service, string method, string preview, int status, string? error)
    {
        var code = status == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"  [{status}]");
        return $"{Line("←", service, method, preview)}{code}{(error is null ? "" : $"  ERR: {Truncate(error)}")}";
    }

    private static string Line(string arrow, string service, string method, string preview) =>
        preview.Length == 0 ? $"{arrow} {service}.{method}" : $"{arrow} {service}.{method} {preview}";

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
