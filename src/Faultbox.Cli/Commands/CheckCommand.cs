using System.CommandLine;
using System.Globalization;
using Faultbox.Cli.Checking;
using Faultbox.Cli.CommandLine;

namespace Faultbox.Cli.Commands;

/// <summary><c>faultbox check &lt;spec.star&gt;</c>.</summary>
internal static class CheckCommand
{
    public static Command Build()
    {
        var spec = new Argument<string>("spec.star") { Description = "Root specification." };
        var format = Flags.Choice("--format", "json prints one document on standard output.", "text", "json");
        var instances = Flags.Text("--max-instances", "N", "More planned executions than this are an error; 0 for no limit.");
        var command = new Command("check", "Load a specification and report what is wrong with it; starts nothing.") { spec, format, instances };
        command.SetAction(parsed =>
        {
            try
            {
                return SpecCheck.Run(parsed.GetRequiredValue(spec), Flags.Last(parsed, format) == "json", Limit(Flags.Last(parsed, instances)));
            }
            catch (UsageException e)
            {
                return UsageErrors.Report(e.Message, command);
            }
        });
        return command;
    }

    private static int? Limit(string? text)
    {
        if (text is null)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit)
            ? limit > 0 ? limit : null
            : throw new UsageException($"--max-instances: \"{text}\" is not a number");
    }
}
