namespace Starlark;

/// <summary>Steps through the elements of a value. Disposing it allows mutation of the iterated value again.</summary>
public abstract class ValueIterator : IDisposable
{
    /// <summary>Moves to the next element; false at the end.</summary>
    public abstract bool MoveNext(out Value value);

    /// <summary>Ends the iteration.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>Iterates anything that .NET can enumerate; the source must not be mutable by Starlark code.</summary>
internal sealed class EnumerableIterator(IEnumerable<Value> items) : ValueIterator
{
    private readonly IEnumerator<Value> _items = items.GetEnumerator();

    public override bool MoveNext(out Value value)
    {
        var more = _items.MoveNext();
        value = more ? _items.Current : default;
        return more;
    }

    public override void Dispose()
    {
        _items.Dispose();
        base.Dispose();
    }
}
