using System.Text;

namespace Starlark.Tests;

/// <summary>Runs small scripts for tests.</summary>
internal static class Script
{
    /// <summary>What the script prints, lines joined by newlines.</summary>
    public static string Output(string source, DialectOptions? options = null, ModuleLoader? loader = null)
    {
        var output = new StringBuilder();
        var thread = new StarlarkThread("test") { Print = line => output.Append(line).Append('\n') };
        Compile(source, options).Execute(thread, loader);
        return output.ToString().TrimEnd('\n');
    }

    /// <summary>The globals of the script.</summary>
    public static Module Execute(string source, DialectOptions? options = null, ModuleLoader? loader = null) =>
        Compile(source, options).Execute(new StarlarkThread("test"), loader);

    /// <summary>The error that ends the script.</summary>
    public static EvalException Error(string source, DialectOptions? options = null, ModuleLoader? loader = null) =>
        Assert.Throws<EvalException>(() => Output(source, options, loader));

    /// <summary>The static errors of the script as <c>line:col: message</c>; none when it compiles.</summary>
    public static string[] StaticErrors(string source, DialectOptions? options = null, Predeclared? names = null)
    {
        try
        {
            Compile(source, options, names);
            return [];
        }
        catch (SyntaxErrorException e)
        {
            return [.. e.Errors.Select(error => $"{error.Position.Line}:{error.Position.Column}: {error.Message}")];
        }
    }

    public static CompiledModule Compile(string source, DialectOptions? options = null, Predeclared? names = null) =>
        CompiledModule.Compile(SourceFile.FromText("t.star", source), options ?? DialectOptions.Extended, names ?? new Predeclared());
}
