using System.CommandLine;
using Faultbox.Cli.CommandLine;
using Faultbox.Spec.Documentation;

namespace Faultbox.Cli.Commands;

/// <summary><c>faultbox schema</c>.</summary>
internal static class SchemaCommand
{
    public static Command Build()
    {
        var format = Flags.Choice("--format", "markdown prints the reference for people.", "json", "markdown");
        var command = new Command("schema", "Print every builtin, keyword and diagnostic code of this version.") { format };
        command.SetAction(parsed =>
        {
            if (Flags.Last(parsed, format) == "markdown")
            {
                Console.Out.Write(SpecReference.Write());
                return ExitCode.Success;
            }

            using var output = Console.OpenStandardOutput();
            SpecSchema.Write(output, Product.Version);
            return ExitCode.Success;
        });
        return command;
    }
}
