namespace Starlark.Tool;

/// <summary>Runs scripts and prints their errors.</summary>
internal sealed class ScriptRunner
{
    private readonly FileModules _modules;
    private readonly Action<string> _print;

    public ScriptRunner(DialectOptions options, Action<string> print)
    {
        var names = new Predeclared();
        StandardModules.AddTo(names, TimeProvider.System);
        (_print, _modules) = (print, new FileModules(options, names));
    }

    /// <summary>Runs a file, or standard input for <c>-</c>; false when it failed.</summary>
    public bool RunFile(string path)
    {
        try
        {
            return Run(path == "-" ? new SourceFile("<stdin>", StandardInput()) : new SourceFile(path, File.ReadAllBytes(path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"cannot read {path}: {FileModules.Reason(path)}");
            return false;
        }
    }

    /// <summary>Runs a source; false when it failed.</summary>
    public bool Run(SourceFile source) => Reported(() => _modules.Run(source, _print));

    private static byte[] StandardInput()
    {
        using var input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        input.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Runs an action and prints the error it ends with; false when there was one.</summary>
    public static bool Reported(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (SyntaxErrorException e)
        {
            Console.Error.WriteLine(e.Message);
        }
        catch (EvalException e)
        {
            Console.Error.WriteLine(e.FormatTraceback());
        }

        return false;
    }
}
