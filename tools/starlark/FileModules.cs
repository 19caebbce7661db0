namespace Starlark.Tool;

/// <summary>Finds the modules of load statements next to the file that loads them; each runs once.</summary>
internal sealed class FileModules(DialectOptions options, Predeclared names)
{
    private readonly Dictionary<string, Module?> _modules = new(StringComparer.Ordinal);
    private readonly List<string> _running = [];

    public DialectOptions Options => options;

    public Predeclared Names => names;

    public Module Load(StarlarkThread thread, string module, SourcePosition at)
    {
        var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(at.File) ?? "", module));
        if (_modules.TryGetValue(path, out var known))
        {
            return known ?? throw new EvalException($"load cycle: {string.Join(" → ", [.. _running.SkipWhile(p => p != path), path])}");
        }

        _modules[path] = null;
        _running.Add(path);
        try
        {
            var compiled = CompiledModule.Compile(new SourceFile(path, Read(path, module)), options, names);
            return _modules[path] = compiled.Execute(new StarlarkThread(module) { Print = thread.Print }, Load);
        }
        catch (SyntaxErrorException e)
        {
            throw new EvalException($"cannot load {module}: {e.Message}", e);
        }
        finally
        {
            _running.Remove(path);
        }
    }

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
