namespace Starlark;

/// <summary>The body of a builtin, called with its arguments bound.</summary>
public delegate Value BuiltinBody(StarlarkThread thread, BoundArguments args);

/// <summary>The body of a method, called with its receiver and its arguments bound.</summary>
public delegate Value MethodBody(StarlarkThread thread, Value self, BoundArguments args);

/// <summary>
/// A shorter form of a builtin's body for calls with at most two positional arguments of the usual types: they are handed over as they are, not
/// laid out in slots. It answers unset, before it has done anything, to leave a call to the body.
/// </summary>
internal delegate Value ShortBody(Value self, Value first, Value second);

/// <summary>A function written in .NET.</summary>
public sealed class StarlarkBuiltin(Signature signature, BuiltinBody body) : StarlarkCallable
{
    /// <summary>Its parameters.</summary>
    public Signature Signature => signature;

    /// <inheritdoc/>
    public override string Name => signature.Name;

    internal override string Member => FieldOrMethod;

    /// <summary>For a builtin that returns a list of tuples: the same without the tuples.</summary>
    internal ColumnsBody? Columns { get; init; }

    /// <summary>The short form, where there is one.</summary>
    internal ShortBody? Short { get; init; }

    /// <inheritdoc/>
    public override Value Call(StarlarkThread thread, in Arguments args)
    {
        var slots = thread.Allocate(signature.Room(args.Positional.Length), out var mark);
        try
        {
            slots.Unset();
            signature.Bind(args, slots);
            return body(thread, new BoundArguments(signature, slots));
        }
        catch (EvalException e) when (e.IsRaisedIn(Name))
        {
            throw;
        }
        finally
        {
            thread.Release(mark);
        }
    }

    /// <summary>Calls it from a running frame with arguments that are in their slots.</summary>
    internal Value Invoke(StarlarkThread thread, Span<Value> slots)
    {
        try
        {
            return body(thread, new BoundArguments(signature, slots));
        }
        catch (EvalException e) when (e.IsRaisedIn(Name))
        {
            throw;
        }
    }
}

/// <summary>A method of a built-in type.</summary>
public sealed class BuiltinMethod(Signature signature, MethodBody body)
{
    /// <summary>Name.</summary>
    public string Name => signature.Name;

    /// <summary>Its parameters.</summary>
    internal Signature Signature => signature;

    /// <summary>For a method that returns a list of tuples: the same without the tuples.</summary>
    internal ColumnsBody? Columns { get; init; }

    /// <summary>The short form, where there is one.</summary>
    internal ShortBody? Short { get; init; }

    /// <summary>Calls it on a receiver of its type.</summary>
    public Value Call(StarlarkThread thread, Value self, in Arguments args)
    {
        var slots = thread.Allocate(signature.Room(args.Positional.Length), out var mark);
        try
        {
            slots.Unset();
            signature.Bind(args, slots);
            return body(thread, self, new BoundArguments(signature, slots));
        }
        catch (EvalException e) when (e.IsRaisedIn(Name))
        {
            throw;
        }
        finally
        {
            thread.Release(mark);
        }
    }

    /// <summary>Calls it from a running frame with arguments that are in their slots.</summary>
    internal Value Invoke(StarlarkThread thread, Value self, Span<Value> slots)
    {
        try
        {
            return body(thread, self, new BoundArguments(signature, slots));
        }
        catch (EvalException e) when (e.IsRaisedIn(Name))
        {
            throw;
        }
    }
}

/// <summary>A method together with its receiver: what <c>x.append</c> is without a call.</summary>
public sealed class BoundMethod(BuiltinMethod method, Value self) : StarlarkCallable
{
    /// <inheritdoc/>
    public override string Name => method.Name;

    internal override string Member => FieldOrMethod;

    /// <inheritdoc/>
    public override bool IsFrozen => self.Object?.IsFrozen ?? true;

    /// <inheritdoc/>
    public override Value Call(StarlarkThread thread, in Arguments args) => method.Call(thread, self, args);

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.Write($"<built-in method {method.Name} of {self.TypeName} value>");

    /// <inheritdoc/>
    protected internal override void VisitChildren(FreezeVisitor v) => v.Visit(self);
}

/// <summary>The methods of a built-in type.</summary>
public sealed class MethodTable
{
    private readonly Dictionary<string, BuiltinMethod> _methods;

    /// <summary>Creates a table.</summary>
    public MethodTable(params IEnumerable<BuiltinMethod> methods) => _methods = methods.ToDictionary(m => m.Name, StringComparer.Ordinal);

    /// <summary>The table without methods.</summary>
    public static MethodTable Empty { get; } = new([]);

    /// <summary>Method names.</summary>
    public IEnumerable<string> Names => _methods.Keys;

    /// <summary>Finds a method.</summary>
    public bool TryGet(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BuiltinMethod? method) =>
        _methods.TryGetValue(name, out method);
}
