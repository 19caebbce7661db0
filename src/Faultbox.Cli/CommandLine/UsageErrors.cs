using System.CommandLine;
using System.CommandLine.Parsing;

namespace Faultbox.Cli.CommandLine;

/// <summary>Strict reading of the command line: one line that names the token and what is accepted instead.</summary>
internal static class UsageErrors
{
    /// <summary>The first thing wrong with a command line, or null.</summary>
    public static string? Find(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is [var token, ..])
        {
            return token.StartsWith('-')
                ? $"unknown option {token}{Nearest(token, command.Options.SelectMany(o => o.Aliases.Append(o.Name)))}"
                : command.Subcommands.Count > 0
                    ? $"unknown command \"{token}\"{Nearest(token, command.Subcommands.Select(c => c.Name))}; commands: {string.Join(", ", command.Subcommands.Select(c => c.Name))}"
                    : $"unexpected argument \"{token}\"";
        }

        if (parsed.Errors is [var error, ..])
        {
            return Describe(error);
        }

        return command.Subcommands.Count > 0 && command.Action is null
            ? $"a command is needed: {string.Join(", ", command.Subcommands.Select(c => c.Name))}"
            : null;
    }

    /// <summary>Prints the error and the usage of the command; returns the exit code.</summary>
    public static int Report(string error, Command command)
    {
        Console.Error.WriteLine($"error: {error}");
        Console.Error.WriteLine(Usage.Of(command));
        return ExitCode.Error;
    }

    private static string Describe(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Tokens.Count: 0 } option => $"{option.Option.Name} needs a value{ValueHint(option.Option)}",
        OptionResult option when error.Message.StartsWith(option.Option.Name, StringComparison.Ordinal) => error.Message,
        OptionResult option => $"{option.Option.Name}: invalid value \"{option.Tokens[^1].Value}\"{ValueHint(option.Option)}",
        ArgumentResult { Argument: var argument } => $"<{argument.Name}> is missing",
        _ => error.Message,
    };

    private static string ValueHint(Option option) => option.HelpName is { } help ? $"; expected {help}" : "";

    private static string Nearest(string token, IEnumerable<string> candidates) =>
        Faultbox.Core.Matching.NearestName.Find(token, candidates) is { } near ? $"; did you mean {near}?" : "";
}
