using System.CommandLine;
using System.Text;

namespace Faultbox.Cli.CommandLine;

/// <summary>Help text, made from the command tree.</summary>
internal static class Usage
{
    /// <summary>True when <c>-h</c> or <c>--help</c> was given anywhere.</summary>
    public static bool AsksForHelp(ParseResult parsed) =>
        parsed.Tokens.Any(t => t.Type == System.CommandLine.Parsing.TokenType.Option && t.Value is "-h" or "--help");

    /// <summary>Complete usage of a command, without a final line end.</summary>
    public static string Of(Command command)
    {
        var text = new StringBuilder();
        text.Append("usage: ").Append(Path(command));
        foreach (var argument in command.Arguments)
        {
            text.Append(argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}]" : $" <{argument.Name}>");
        }

        var options = command.Options.Where(o => !o.Hidden).ToList();
        text.Append(options.Count > 0 ? " [options]" : "").Append(command.Subcommands.Count > 0 ? " <command>" : "");
        text.Append("\n\n").Append(command.Description);
        Section(text, "commands", command.Subcommands.Select(c => (c.Name, c.Description)));
        Section(text, "arguments", command.Arguments.Select(a => (a.Name, a.Description)));
        Section(text, "options", options.Select(o => (Spelling(o), o.Description)));
        return text.ToString().TrimEnd('\n');
    }

    private static string Path(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent
        ? $"{Path(parent)} {command.Name}"
        : command.Name;

    private static string Spelling(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name).Order(Comparer<string>.Create((a, b) => a.Length - b.Length)));
        return option.HelpName is { } value ? $"{names} {value}" : names;
    }

    private static void Section(StringBuilder text, string title, IEnumerable<(string Name, string? Description)> rows)
    {
        var list = rows.ToList();
        if (list.Count == 0)
        {
            return;
        }

        var width = Math.Min(30, list.Max(r => r.Name.Length));
        text.Append("\n\n").Append(title).Append(":\n");
        text.AppendJoin('\n', list.Select(r => $"  {r.Name.PadRight(width)}  {r.Description}"));
    }
}
