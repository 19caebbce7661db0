namespace Starlark;

/// <summary>Every value that lives on the heap. Embedders derive their own value types from it.</summary>
public abstract class StarlarkObject
{
    /// <summary>Name of the type, as <c>type(x)</c> gives it.</summary>
    public abstract string TypeName { get; }

    /// <summary>Truth of the value.</summary>
    public virtual bool Truth => true;

    /// <summary>True when the value and everything reachable from it cannot change.</summary>
    public virtual bool IsFrozen => true;

    /// <summary>Names that <c>dir(x)</c> lists.</summary>
    public virtual IEnumerable<string> AttributeNames => Methods.Names;

    /// <summary>Built-in methods of the type.</summary>
    protected internal virtual MethodTable Methods => MethodTable.Empty;

    /// <summary>Prints the value.</summary>
    public virtual void WriteRepr(ReprWriter w) => w.Write($"<{TypeName}>");

    /// <summary>Reads an attribute that is no built-in method.</summary>
    public virtual bool TryGetAttribute(string name, out Value value)
    {
        value = default;
        return false;
    }

    /// <summary>Hash for use as a dictionary key; false when the value is not hashable.</summary>
    public virtual bool TryHash(out int h)
    {
        h = 0;
        return false;
    }

    /// <summary>Equality with another object of the same type name.</summary>
    /// <param name="other">The other object.</param>
    /// <param name="depth">Nesting depth; pass on to <see cref="Equality"/> one deeper.</param>
    public virtual bool EqualTo(StarlarkObject other, int depth) => ReferenceEquals(this, other);

    /// <summary>Hands every value directly reachable from this one to the visitor, and marks this one frozen.</summary>
    protected internal virtual void VisitChildren(FreezeVisitor v)
    {
    }

    /// <summary>What values of the language have by name.</summary>
    internal const string FieldOrMethod = "field or method";

    /// <summary>What a value of this type has by name.</summary>
    internal virtual string Member => "attribute";

    /// <summary>What the error for an attribute that does not exist says about those that do; null for nothing but the nearest name.</summary>
    protected internal virtual string? Choice => null;

    /// <summary>The error for an attribute that does not exist, with the nearest name.</summary>
    internal EvalException NoAttribute(string name)
    {
        var near = NearestName.Find(name, AttributeNames);
        var suggestion = near is null ? "" : $" (did you mean .{near}?)";
        return new EvalException($"{TypeName} has no .{name} {Member}{suggestion}{(Choice is { } choice ? $"; {choice}" : "")}");
    }
}

/// <summary>A value that can be iterated.</summary>
public interface IIterable
{
    /// <summary>Starts an iteration; the iterator's owner disposes it, which ends the ban on mutation.</summary>
    ValueIterator Iterate();
}

/// <summary>A value with a length.</summary>
public interface ISized
{
    /// <summary>Number of elements.</summary>
    int Count { get; }
}

/// <summary>A value with numbered elements.</summary>
public interface IIndexed : ISized
{
    /// <summary>Element at a position from 0.</summary>
    Value ElementAt(int index);

    /// <summary>Elements from <paramref name="start"/> on, <paramref name="count"/> of them, <paramref name="step"/> apart.</summary>
    Value Slice(int start, int step, int count);
}

/// <summary>A value with elements by key.</summary>
public interface IMapping
{
    /// <summary>Finds an element.</summary>
    bool TryGet(Value key, out Value value);
}

/// <summary>A value whose elements can be assigned.</summary>
public interface ISettable
{
    /// <summary>Assigns the element of a key or index.</summary>
    void SetItem(Value key, Value value);
}

/// <summary>A value whose attributes can be assigned.</summary>
public interface IFieldSettable
{
    /// <summary>Assigns an attribute.</summary>
    void SetField(string name, Value value);
}

/// <summary>A value that takes part in binary operators.</summary>
public interface IBinaryOperand
{
    /// <summary>Computes <c>left op right</c> where this value is one of the two; false when it does not know how.</summary>
    bool TryBinary(string operation, Value left, Value right, out Value result);
}

/// <summary>A value that is ordered among those of its type.</summary>
public interface IOrdered
{
    /// <summary>Compares with another value of the same type: negative, zero, positive.</summary>
    int CompareTo(StarlarkObject other);
}

/// <summary>A value that answers <c>x in value</c>.</summary>
public interface IContainer
{
    /// <summary>Membership.</summary>
    bool Contains(Value item);
}
