using System.CommandLine;
using Faultbox.Cli.CommandLine;
using Faultbox.Cli.Recipes;

namespace Faultbox.Cli.Commands;

/// <summary><c>faultbox recipes list</c> and <c>faultbox recipes show &lt;name&gt;</c>.</summary>
internal static class RecipesCommand
{
    public static Command Build()
    {
        var name = new Argument<string>("name") { Description = "Name, or area/name; .star may be left out." };
        var show = new Command("show", "Print the source of a module.") { name };
        show.SetAction(parsed => RecipeShelf.Show(parsed.GetRequiredValue(name)));
        var list = new Command("list", "List the modules that come with the program.");
        list.SetAction(_ => RecipeShelf.List(Console.Out));
        var command = new Command("recipes", "Modules that specifications can load as @faultbox/….") { list, show };
        command.SetAction(_ =>
        {
            Console.Out.WriteLine(Usage.Of(command));
            return ExitCode.Success;
        });
        return command;
    }
}
