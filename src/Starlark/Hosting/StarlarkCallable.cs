namespace Starlark;

/// <summary>A value that can be called.</summary>
public abstract class StarlarkCallable : StarlarkObject
{
    /// <summary>Name for messages and tracebacks.</summary>
    public abstract string Name { get; }

    /// <summary>Where it was written, for functions of a script.</summary>
    public virtual SourcePosition? Position => null;

    /// <inheritdoc/>
    public override string TypeName => "builtin_function_or_method";

    /// <summary>Calls it on a thread.</summary>
    /// <exception cref="EvalException">The call failed.</exception>
    public abstract Value Call(StarlarkThread thread, in Arguments args);

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.Write($"<built-in function {Name}>");

    /// <inheritdoc/>
    public override bool TryHash(out int h)
    {
        h = System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
        return true;
    }
}
