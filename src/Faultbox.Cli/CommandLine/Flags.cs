using System.CommandLine;
using System.Globalization;

namespace Faultbox.Cli.CommandLine;

/// <summary>The kinds of flag the commands share. A repeated flag is legal and its last value wins.</summary>
internal static class Flags
{
    /// <summary>A flag without a value.</summary>
    public static Option<bool> Switch(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>A flag with any text as value.</summary>
    public static Option<string[]> Text(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };

    /// <summary>A flag with a number as value; parsed by the command so that the error names the token.</summary>
    public static Option<string[]> Number(string name, string value, string description) => Text(name, value, description);

    /// <summary>A flag with one of a few values.</summary>
    public static Option<string[]> Choice(string name, string description, params string[] accepted)
    {
        var option = Text(name, string.Join('|', accepted), description);
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (!accepted.Contains(token.Value, StringComparer.Ordinal))
                {
                    result.AddError($"{name}: unknown value \"{token.Value}\"; accepted: {string.Join(", ", accepted)}");
                }
            }
        });
        return option;
    }

    /// <summary>The last value given, or null.</summary>
    public static string? Last(ParseResult parsed, Option<string[]> option) => parsed.GetValue(option) is [.., var last] ? last : null;

    /// <summary>Reads an unsigned 64-bit number.</summary>
    public static ulong ParseUnsigned(string name, string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new UsageException($"{name}: \"{text}\" is not a number from 0 to {ulong.MaxValue}");

    /// <summary>Reads a number of at least 0.</summary>
    public static int ParseNatural(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new UsageException($"{name}: \"{text}\" is not a number of at least 0");

    /// <summary>Reads a number of at least 1.</summary>
    public static int ParsePositive(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0
            ? value
            : throw new UsageException($"{name}: \"{text}\" is not a number of at least 1");
}
