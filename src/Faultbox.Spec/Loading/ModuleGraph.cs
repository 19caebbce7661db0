using System.Text;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Loading;

/// <summary>Loads the modules of one specification, each once, whatever paths lead to it.</summary>
internal sealed class ModuleGraph
{
    private readonly SpecRegistry _registry;
    private readonly Predeclared _predeclared;
    private readonly Dictionary<string, Module> _finished = new(StringComparer.Ordinal);
    private readonly List<ActiveModule> _active = [];
    private readonly List<LoadedModule> _modules = [];
    private readonly Dictionary<string, string[]> _lines = new(StringComparer.Ordinal);

    /// <summary>Creates an empty graph.</summary>
    public ModuleGraph(SpecRegistry registry, Predeclared predeclared)
    {
        _registry = registry;
        _predeclared = predeclared;
    }

    /// <summary>Every executed module, loaded ones before those that load them.</summary>
    public IReadOnlyList<LoadedModule> Modules => _modules;

    /// <summary>Lines of every file, by the name of the file.</summary>
    public IReadOnlyDictionary<string, string[]> Lines => _lines;

    /// <summary>Compiles and executes the root module.</summary>
    public Module LoadRoot(StarlarkThread thread, string realPath, string name, byte[] content) => Execute(thread, realPath, name, content);

    private Module Load(StarlarkThread thread, string module, SourcePosition at)
    {
        try
        {
            var loaded = Find(thread, module, at.ToCore());
            _active[^1].Imports[module] = loaded;
            return loaded;
        }
        catch (SpecException e)
        {
            throw new EvalException(e.Message) { Builtin = "load", Code = e.Code };
        }
    }

    private Module Find(StarlarkThread thread, string module, Core.SourcePosition at)
    {
        if (module.StartsWith(EmbeddedModules.Prefix, StringComparison.Ordinal))
        {
            return FindOrExecute(thread, module, module, () => EmbeddedModules.TryRead(module) ?? throw MissingEmbedded(module));
        }

        var files = _registry.Files;
        var loader = Path.GetFullPath(at.File, files.BaseDirectory);
        var file = files.Locate("load", module, Path.GetDirectoryName(loader) ?? files.BaseDirectory);
        if (file.AmbiguityAt(at) is { } finding)
        {
            _registry.Diagnostics.Add(finding);
        }

        return FindOrExecute(thread, file.RealPath, files.DisplayName(file.AbsolutePath), () => files.ReadModule(file));
    }

    private Module FindOrExecute(StarlarkThread thread, string key, string name, Func<byte[]> read)
    {
        if (_finished.TryGetValue(key, out var finished))
        {
            return finished;
        }

        var start = _active.FindIndex(a => a.Key == key);
        if (start >= 0)
        {
            throw new SpecException($"load cycle: {string.Join(" → ", _active.Skip(start).Select(a => a.Name).Append(_active[start].Name))}");
        }

        return Execute(thread, key, name, read());
    }

    private Module Execute(StarlarkThread thread, string key, string name, byte[] content)
    {
        var active = new ActiveModule(key, name, new Dictionary<string, Module>(StringComparer.Ordinal));
        _active.Add(active);
        _lines[name] = Encoding.UTF8.GetString(content).Split('\n');
        var compiled = CompiledModule.Compile(new SourceFile(name, content), DialectOptions.Extended, _predeclared);
        var module = compiled.Execute(thread, Load);
        _active.RemoveAt(_active.Count - 1);
        _modules.Add(new LoadedModule(compiled, module, active.Imports));
        _finished.Add(key, module);
        return module;
    }

    private static SpecException MissingEmbedded(string module) => new(
        $"load(\"{module}\"): no such module in the faultbox stdlib{(EmbeddedModules.Nearest(module) is { } near ? $"; did you mean \"{near}\"?" : ";")} "
        + "see faultbox recipes list",
        "SPEC_RECIPE_NOT_FOUND");

    private sealed record ActiveModule(string Key, string Name, Dictionary<string, Module> Imports);
}
