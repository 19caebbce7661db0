namespace Starlark;

/// <summary>An executed file: its globals, frozen.</summary>
public sealed class Module
{
    private readonly NameTable _globals = new();

    internal Module(string name, (string Name, Value Value)[] globals)
    {
        Name = name;
        Globals = globals;
        foreach (var (global, value) in globals)
        {
            _globals[global] = value;
        }
    }

    /// <summary>Source name.</summary>
    public string Name { get; }

    /// <summary>Globals that were assigned, in the order of their first binding.</summary>
    public IReadOnlyList<(string Name, Value Value)> Globals { get; }

    /// <summary>Value of a file that is one expression, for interactive use; otherwise <c>None</c>.</summary>
    public Value Result { get; internal init; } = Value.None;

    /// <summary>Finds a global.</summary>
    public bool TryGet(string name, out Value value) => _globals.TryGetValue(name, out value);
}

/// <summary>Finds or executes the module of a load statement.</summary>
/// <param name="thread">Thread that executes the load statement.</param>
/// <param name="module">The module string.</param>
/// <param name="at">Position of the statement.</param>
public delegate Module ModuleLoader(StarlarkThread thread, string module, SourcePosition at);
