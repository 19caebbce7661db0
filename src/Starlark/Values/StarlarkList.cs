using System.Collections;
using System.Runtime.CompilerServices;
using Starlark.Execution;

namespace Starlark;

/// <summary>A mutable list.</summary>
public sealed class StarlarkList : StarlarkObject, IIndexed, IContainer, IIterable, ISettable, IEnumerable<Value>
{
    private Value[] _items;
    private int _count;
    private int _iterators;
    private bool _frozen;

    /// <summary>An empty list.</summary>
    public StarlarkList() => _items = [];

    /// <summary>A list of the given values.</summary>
    public StarlarkList(IEnumerable<Value> items)
    {
        _items = items.ToArray();
        _count = _items.Length;
    }

    internal StarlarkList(Value[] adopted, int count) => (_items, _count) = (adopted, count);

    /// <inheritdoc/>
    public int Count => _count;

    /// <inheritdoc/>
    public override string TypeName => "list";

    internal override string Member => FieldOrMethod;

    /// <inheritdoc/>
    public override bool Truth => _count > 0;

    /// <inheritdoc/>
    public override bool IsFrozen => _frozen;

    /// <inheritdoc/>
    protected internal override MethodTable Methods => ListMethods.Table;

    /// <summary>Element at a position from 0.</summary>
    public Value this[int index] => _items.AsSpan(0, _count)[index];

    internal ReadOnlySpan<Value> Items => _items.AsSpan(0, _count);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Value ElementAt(int index) => _items[index];

    /// <summary>Adds an element at the end.</summary>
    /// <exception cref="EvalException">The list is frozen or being iterated.</exception>
    public void Add(Value item)
    {
        CheckMutable("append to");
        if (_count == _items.Length)
        {
            Grow(_count + 1L);
        }

        _items[_count++] = item;
    }

    /// <summary>Adds an element when that needs no more than room that is there; false, and nothing done, otherwise.</summary>
    internal bool TryAdd(Value item)
    {
        var (items, count) = (_items, _count);
        if ((uint)count >= (uint)items.Length || !IsMutable)
        {
            return false;
        }

        items[count] = item;
        _count = count + 1;
        return true;
    }

    /// <summary>Replaces an element; false, and nothing done, when there is none of that index or the list must not change.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TrySet(Value index, Value item)
    {
        if (!index.IsInt || (ulong)index.Bits >= (ulong)_count || !IsMutable)
        {
            return false;
        }

        _items[(int)index.Bits] = item;
        return true;
    }

    /// <summary>Takes the last element off; false, and nothing done, when there is none or the list must not change.</summary>
    internal bool TryRemoveLast(out Value item)
    {
        if (_count == 0 || !IsMutable)
        {
            item = default;
            return false;
        }

        ref var last = ref _items[--_count];
        (item, last) = (last, default);
        return true;
    }

    private bool IsMutable => !_frozen && _iterators == 0;

    /// <inheritdoc/>
    public Value Slice(int start, int step, int count)
    {
        Room.ForItems(count);
        var part = new Value[count];
        Room.CopyStrided<Value>(_items, start, step, part);

        return Value.Of(new StarlarkList(part, count));
    }

    /// <inheritdoc/>
    public void SetItem(Value key, Value value)
    {
        CheckMutable("assign to element of");
        _items[(int)Indexing.Position(key, _count, "list")] = value;
    }

    /// <inheritdoc/>
    public bool Contains(Value item)
    {
        for (var i = 0; i < _count; i++)
        {
            RunningThread.Step();
            if (Value.Equals(_items[i], item))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public ValueIterator Iterate() => new Iterator(this);

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.WriteSequence(this, "[", "]", Items);

    /// <inheritdoc/>
    public override bool EqualTo(StarlarkObject other, int depth)
    {
        if (other is not StarlarkList list || list._count != _count)
        {
            return false;
        }

        for (var i = 0; i < _count; i++)
        {
            if (!Equality.AreEqual(_items[i], list._items[i], depth))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public IEnumerator<Value> GetEnumerator() => _items.Take(_count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    protected internal override void VisitChildren(FreezeVisitor v)
    {
        _frozen = true;
        foreach (var item in Items)
        {
            v.Visit(item);
        }
    }

    internal void CheckMutable(string verb)
    {
        if (_frozen)
        {
            throw new EvalException($"cannot {verb} frozen list");
        }

        if (_iterators > 0)
        {
            throw new EvalException($"cannot {verb} list during iteration");
        }
    }

    internal void AddRange(ReadOnlySpan<Value> items, string verb = "extend")
    {
        CheckMutable(verb);
        if ((long)_count + items.Length > _items.Length)
        {
            Grow((long)_count + items.Length);
        }

        items.CopyInto(_items.AsSpan(_count));
        _count += items.Length;
    }

    internal void Insert(int index, Value item)
    {
        CheckMutable("insert into");
        if (_count == _items.Length)
        {
            Grow(_count + 1L);
        }

        _items.AsSpan(index, _count - index).CopyTo(_items.AsSpan(index + 1));
        _items[index] = item;
        _count++;
    }

    internal Value RemoveAt(int index, string verb)
    {
        CheckMutable(verb);
        var item = _items[index];
        _items.AsSpan(index + 1, _count - index - 1).CopyTo(_items.AsSpan(index));
        _items[--_count] = default;
        return item;
    }

    /// <summary>Turns the order around.</summary>
    internal void Reverse() => _items.AsSpan(0, _count).Reverse();

    internal void Clear()
    {
        CheckMutable("clear");
        Array.Clear(_items, 0, _count);
        _count = 0;
    }

    /// <summary>Forbids mutation until <see cref="EndIteration"/>; a frozen list, which other threads may be reading, needs no guard.</summary>
    internal bool BeginIteration()
    {
        if (_frozen)
        {
            return false;
        }

        _iterators++;
        return true;
    }

    internal void EndIteration(bool guarded)
    {
        if (guarded)
        {
            _iterators--;
        }
    }

    private void Grow(long needed)
    {
        Room.ForItems(needed);
        var capacity = (int)Math.Min(Math.Max(needed, Math.Max(4, _items.Length * 2L)), Room.MaximumItems);
        Room.ForItems(capacity);
        Array.Resize(ref _items, capacity);
    }

    private sealed class Iterator : ValueIterator
    {
        private readonly StarlarkList _list;
        private readonly bool _guarded;
        private int _next;

        public Iterator(StarlarkList list)
        {
            _list = list;
            _guarded = list.BeginIteration();
        }

        public override bool MoveNext(out Value value)
        {
            var more = _next < _list._count;
            value = more ? _list._items[_next++] : default;
            return more;
        }

        public override void Dispose()
        {
            _list.EndIteration(_guarded);
            base.Dispose();
        }
    }
}
