namespace Starlark;

/// <summary>One logical execution of Starlark code.</summary>
public sealed class StarlarkThread(string name)
{
    /// <summary>Name.</summary>
    public string Name => name;

    /// <summary>Receives what <c>print</c> writes.</summary>
    public Action<string>? Print { get; set; }

    /// <summary>State of the embedder.</summary>
    public object? HostState { get; set; }

    /// <summary>Calls a value.</summary>
    public Value Call(Value callable, params ReadOnlySpan<Value> positional) =>
        callable.Is<StarlarkCallable>(out var c) ? c.Call(this, new Arguments(positional)) : throw new EvalException($"{callable.TypeName} is not callable");
}
