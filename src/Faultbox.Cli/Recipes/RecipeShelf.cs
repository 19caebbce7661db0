using Faultbox.Spec.Loading;

namespace Faultbox.Cli.Recipes;

/// <summary>The modules that come with the program, as the command line shows them.</summary>
internal static class RecipeShelf
{
    private const string Extension = ".star";

    /// <summary>Lists names by area, each area with the line that loads from it.</summary>
    public static int List(TextWriter output)
    {
        foreach (var area in EmbeddedModules.Names.GroupBy(AreaOf).OrderBy(a => a.Key == "recipes" ? "" : a.Key, StringComparer.Ordinal))
        {
            var names = area.Select(NameOf).ToList();
            output.WriteLine($"{EmbeddedModules.Prefix}{area.Key}/");
            names.ForEach(n => output.WriteLine($"  {n}"));
            output.WriteLine($"  load(\"{area.First()}\", \"{names[0]}\")");
        }

        return ExitCode.Success;
    }

    /// <summary>Prints the source of a module.</summary>
    public static int Show(string name)
    {
        var wanted = name.EndsWith(Extension, StringComparison.Ordinal) ? name[..^Extension.Length] : name;
        var found = EmbeddedModules.Names.FirstOrDefault(n => Path(n) == $"recipes/{wanted}")
            ?? EmbeddedModules.Names.FirstOrDefault(n => Path(n) == wanted || NameOf(n) == wanted);
        if (found is null)
        {
            var near = EmbeddedModules.Nearest(wanted) is { } module ? $"; did you mean {Path(module)}?" : ";";
            Console.Error.WriteLine($"error: no module \"{name}\" in the faultbox stdlib{near} see faultbox recipes list");
            return ExitCode.Error;
        }

        using var output = Console.OpenStandardOutput();
        output.Write(EmbeddedModules.TryRead(found));
        return ExitCode.Success;
    }

    private static string Path(string module) => module[EmbeddedModules.Prefix.Length..^Extension.Length];

    private static string AreaOf(string module) => System.IO.Path.GetDirectoryName(Path(module))!;

    private static string NameOf(string module) => System.IO.Path.GetFileNameWithoutExtension(module);
}
