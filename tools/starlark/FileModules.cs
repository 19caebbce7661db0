namespace Starlark.Tool;

/// <summary>Finds the modules of load statements next to the file that loads them; each runs once.</summary>
internal sealed class FileModules(DialectOptions options, Predeclared names)
{
    private readonly Dictionary<string, Module?> _modules = new(StringComparer.Ordinal);
    private readonly List<string> _running = [];

    public Module Load(StarlarkThread thread, string module, SourcePosition at)
    {
        var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(at.File) ?? "", module));
        if (_modules.TryGetValue(path, out var known))
        {
            return known ?? throw new EvalException($"load cycle: {string.Join(" → ", _running.SkipWhile(p => p != path).Append(path).Select(Shown))}");
        }

        try
        {
            return Run(path, new SourceFile(Shown(path), Read(path, module)), thread.Print);
        }
        catch (SyntaxErrorException e)
        {
            throw new EvalException($"cannot load {module}: {e.Message}", e);
        }
    }

    /// <summary>Runs a file that no other one loads.</summary>
    public void Run(SourceFile source, Action<string> print) => Run(Path.GetFullPath(source.Name), source, print);

    private Module Run(string path, SourceFile source, Action<string>? print)
    {
        _modules[path] = null;
        _running.Add(path);
        try
        {
            var compiled = CompiledModule.Compile(source, options, names);
            return _modules[path] = compiled.Execute(new StarlarkThread(source.Name) { Print = print }, Load);
        }
        finally
        {
            _running.Remove(path);
        }
    }

    /// <summary>A path as errors show it: from the working directory, if it lies inside.</summary>
    private static string Shown(string path) =>
        Path.GetRelativePath(".", path) is var near && near.StartsWith("..", StringComparison.Ordinal) ? path : near;

    /// <summary>Why a file cannot be read, in plain words.</summary>
    public static string Reason(string path) =>
        Directory.Exists(path) ? "it is a directory" : File.Exists(path) ? "permission denied" : "no such file";

    private static byte[] Read(string path, string module)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException($"cannot load {module}: {Reason(path)}", e);
        }
    }
}
