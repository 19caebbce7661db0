using Starlark.Syntax;

namespace Starlark.Resolving;

/// <summary>The variables of a function, or of a comprehension within one.</summary>
internal sealed class Scope(Scope? parent, FunctionScope function)
{
    private readonly Dictionary<string, Binding> _bindings = new(StringComparer.Ordinal);

    public Scope? Parent => parent;

    public FunctionScope Function => function;

    public IEnumerable<string> Names => _bindings.Keys;

    public IEnumerable<Binding> Bindings => _bindings.Values;

    public Binding? Find(string name) => _bindings.GetValueOrDefault(name);

    /// <summary>Adds a variable unless there is one of that name.</summary>
    public Binding Declare(string name, TextPosition at)
    {
        if (_bindings.TryGetValue(name, out var known))
        {
            return known;
        }

        var binding = new Binding(BindingKind.Local, name, function.Syntax.LocalCount++, at);
        _bindings.Add(name, binding);
        return binding;
    }
}

/// <summary>A function under resolution.</summary>
internal sealed class FunctionScope(FunctionSyntax syntax)
{
    private readonly Dictionary<Binding, Binding> _captured = [];

    public FunctionSyntax Syntax => syntax;

    /// <summary>The function's own view of a variable of an enclosing function.</summary>
    public Binding Capture(Binding outer)
    {
        if (!_captured.TryGetValue(outer, out var free))
        {
            free = new Binding(BindingKind.Free, outer.Name, syntax.Captured.Count, outer.First) { Outer = outer };
            syntax.Captured.Add(outer);
            _captured.Add(outer, free);
        }

        return free;
    }
}
