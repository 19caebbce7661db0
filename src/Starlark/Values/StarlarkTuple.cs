using System.Collections;
using System.Numerics;
using Starlark.Execution;

namespace Starlark;

/// <summary>An immutable tuple.</summary>
public sealed class StarlarkTuple : StarlarkObject, IIndexed, IContainer, IIterable, IEnumerable<Value>
{
    private readonly Value[] _items;
    private bool _frozen;

    /// <summary>A tuple of the given values.</summary>
    public StarlarkTuple(params IEnumerable<Value> items)
        : this(items.ToArray())
    {
    }

    internal StarlarkTuple(Value[] adopted) => _items = adopted;

    /// <summary>The tuple without elements.</summary>
    public static StarlarkTuple Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _items.Length;

    /// <inheritdoc/>
    public override string TypeName => "tuple";

    internal override string Member => FieldOrMethod;

    /// <inheritdoc/>
    public override bool Truth => _items.Length > 0;

    /// <inheritdoc/>
    public override bool IsFrozen => _frozen || _items.Length == 0;

    /// <summary>Element at a position from 0.</summary>
    public Value this[int index] => _items[index];

    internal ReadOnlySpan<Value> Items => _items;

    /// <inheritdoc/>
    public Value ElementAt(int index) => _items[index];

    /// <inheritdoc/>
    public Value Slice(int start, int step, int count)
    {
        if (step == 1 && count == _items.Length)
        {
            return Value.Of(this);
        }

        Room.ForItems(count);
        var part = new Value[count];
        Room.CopyStrided<Value>(_items, start, step, part);

        return Value.Of(new StarlarkTuple(part));
    }

    /// <inheritdoc/>
    public bool Contains(Value item)
    {
        foreach (var element in _items)
        {
            RunningThread.Step();
            if (Value.Equals(element, item))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public ValueIterator Iterate() => new EnumerableIterator(_items);

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.WriteSequence(this, "(", _items.Length == 1 ? ",)" : ")", _items);

    /// <inheritdoc/>
    public override bool TryHash(out int h)
    {
        const uint Spread = 2246822519;
        var (mixed, last) = ((uint)_items.Length, 0u);
        foreach (var item in _items)
        {
            if (!Equality.TryHashElement(item, out var hash))
            {
                h = 0;
                return false;
            }

            mixed = BitOperations.RotateLeft((mixed ^ last) * Spread, 13);
            last = (uint)hash;
        }

        // Tables look at the low bits first. Tuples that differ in a last element that is a neighbour stay neighbours, as their elements do.
        h = (int)((mixed ^ (mixed >> 15)) + last);
        return true;
    }

    /// <inheritdoc/>
    public override bool EqualTo(StarlarkObject other, int depth)
    {
        if (other is not StarlarkTuple tuple || tuple._items.Length != _items.Length)
        {
            return false;
        }

        for (var i = 0; i < _items.Length; i++)
        {
            var (a, b) = (_items[i], tuple._items[i]);
            if (a.IsInt && b.IsInt ? a.Bits != b.Bits : !Equality.AreEqual(a, b, depth))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public IEnumerator<Value> GetEnumerator() => ((IEnumerable<Value>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    protected internal override void VisitChildren(FreezeVisitor v)
    {
        _frozen = true;
        foreach (var item in _items)
        {
            v.Visit(item);
        }
    }
}
