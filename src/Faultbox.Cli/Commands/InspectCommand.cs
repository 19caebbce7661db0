using System.CommandLine;
using Faultbox.Cli.CommandLine;
using Faultbox.Cli.Inspection;

namespace Faultbox.Cli.Commands;

/// <summary><c>faultbox inspect &lt;bundle.fb&gt; [entry]</c>.</summary>
internal static class InspectCommand
{
    public static Command Build()
    {
        var bundle = new Argument<string>("bundle.fb") { Description = "Bundle that a test run left." };
        var entry = new Argument<string?>("entry")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "Entry to print, for example env.json; the summary without it.",
        };
        var extract = Flags.Text("--extract", "DIR", "Write all entries below a directory.");
        var format = Flags.Choice("--format", "json prints the summary as JSON.", "text", "json");
        var verify = Flags.Switch("--verify", "Compare every entry with the hashes of the manifest.");
        var command = new Command("inspect", "Show what a bundle holds.") { bundle, entry, extract, format, verify };
        command.SetAction(parsed =>
        {
            var directory = Flags.Last(parsed, extract);
            var name = parsed.GetValue(entry);
            if (directory is not null && name is not null)
            {
                return UsageErrors.Report("--extract writes all entries: leave out the entry name", command);
            }

            return BundleInspection.Run(new InspectArguments(
                parsed.GetRequiredValue(bundle), name, directory, Flags.Last(parsed, format) == "json", parsed.GetValue(verify)));
        });
        return command;
    }
}
