using System.CommandLine;
using Faultbox.Cli.Commands;

namespace Faultbox.Cli.CommandLine;

/// <summary>All commands of the program.</summary>
internal static class CommandTree
{
    public static Command Build()
    {
        var root = new Command(Product.Name, "Fault injection tests for distributed systems.")
        {
            TestCommand.Build(),
            CheckCommand.Build(),
            RunCommand.Build(),
            InspectCommand.Build(),
            ReplayBundleCommand.Build(),
            RecipesCommand.Build(),
            SchemaCommand.Build(),
            new Command("version", "Print the version."),
        };
        root.Add(new Option<bool>("--version") { Description = "Print the version." });
        AddHelp(root);
        return root;
    }

    private static void AddHelp(Command command)
    {
        command.Add(new Option<bool>("--help", "-h") { Description = "Show this help." });
        foreach (var child in command.Subcommands)
        {
            AddHelp(child);
        }
    }
}
