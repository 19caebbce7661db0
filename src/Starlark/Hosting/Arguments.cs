namespace Starlark;

/// <summary>The arguments of a call before they are bound: positional ones, then named ones in the order written.</summary>
public readonly ref struct Arguments
{
    /// <summary>Positional arguments only.</summary>
    public Arguments(ReadOnlySpan<Value> positional) => Positional = positional;

    /// <summary>Positional and named arguments; <c>named[i]</c> belongs to <c>names[i]</c>.</summary>
    public Arguments(ReadOnlySpan<Value> positional, ReadOnlySpan<string> names, ReadOnlySpan<Value> named)
    {
        Positional = positional;
        Names = names;
        Named = named;
    }

    /// <summary>Positional arguments.</summary>
    public ReadOnlySpan<Value> Positional { get; }

    /// <summary>Names of the named arguments.</summary>
    public ReadOnlySpan<string> Names { get; }

    /// <summary>Values of the named arguments.</summary>
    public ReadOnlySpan<Value> Named { get; }
}
