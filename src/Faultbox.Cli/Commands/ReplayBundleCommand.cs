using System.CommandLine;
using Faultbox.Cli.CommandLine;
using Faultbox.Cli.Replaying;

namespace Faultbox.Cli.Commands;

/// <summary><c>faultbox replay &lt;bundle.fb&gt;</c>.</summary>
internal static class ReplayBundleCommand
{
    public static Command Build()
    {
        var bundle = new Argument<string>("bundle.fb") { Description = "Bundle that a test run left." };
        var test = Flags.Text("--test", "NAME", "Only this test; without it those that the recorded run had selected.");
        var leaf = Flags.Number("--leaf", "N", "Only this leaf of the test.");
        var extractOnly = Flags.Text("--extract-only", "DIR", "Take the specification out and stop.");
        var newBundle = Flags.Text("--bundle", "FILE", "Leave a bundle of the replay.");
        var command = new Command("replay", "Run the specification of a bundle again, with its seed.") { bundle, test, leaf, extractOnly, newBundle };
        command.SetAction(parsed =>
        {
            try
            {
                return BundleReplay.Run(new ReplayArguments(
                    parsed.GetRequiredValue(bundle), Flags.Last(parsed, test), Flags.Last(parsed, extractOnly), Flags.Last(parsed, newBundle))
                {
                    Leaf = Flags.Last(parsed, leaf) is { } l ? Flags.ParseUnsigned("--leaf", l) : null,
                });
            }
            catch (UsageException e)
            {
                return UsageErrors.Report(e.Message, command);
            }
        });
        return command;
    }
}
