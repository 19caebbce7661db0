namespace Starlark;

/// <summary>Names that an embedder adds to every module; their values are bound when a module is compiled.</summary>
public sealed class Predeclared
{
    private readonly NameTable _values = new();

    /// <summary>Names, in the order they were added.</summary>
    public IEnumerable<string> Names => _values.Keys;

    /// <summary>What to write instead of an undefined name; null for no advice.</summary>
    public Func<string, string?>? Hint { get; set; }

    /// <summary>Adds a name, or replaces its value.</summary>
    public void Add(string name, Value value) => _values[name] = value;

    internal bool TryGet(string name, out Value value) => _values.TryGetValue(name, out value);
}
