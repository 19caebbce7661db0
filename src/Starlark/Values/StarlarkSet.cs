using Starlark.Execution;

namespace Starlark;

/// <summary>A mutable set in insertion order.</summary>
public sealed class StarlarkSet : StarlarkObject, ISized, IContainer, IIterable
{
    private ValueTable _table = new();
    private int _iterators;
    private bool _frozen;

    /// <summary>A set of the given values.</summary>
    public StarlarkSet(params IEnumerable<Value> items)
    {
        foreach (var item in items)
        {
            RunningThread.Step();
            _table.Include(item);
        }
    }

    /// <inheritdoc/>
    public int Count => _table.Count;

    /// <inheritdoc/>
    public override string TypeName => "set";

    internal override string Member => FieldOrMethod;

    /// <inheritdoc/>
    public override bool Truth => _table.Count > 0;

    /// <inheritdoc/>
    public override bool IsFrozen => _frozen;

    /// <inheritdoc/>
    protected internal override MethodTable Methods => SetMethods.Table;

    /// <summary>Elements in insertion order.</summary>
    public IEnumerable<Value> Elements
    {
        get
        {
            for (var i = 0; i < _table.Used; i++)
            {
                if (_table.EntryAt(i, out var key, out _))
                {
                    yield return key;
                }
            }
        }
    }

    internal ValueTable Table => _table;

    /// <inheritdoc/>
    public bool Contains(Value item) => _table.Contains(item);

    /// <summary>The elements that another set has, or those it has not.</summary>
    internal StarlarkSet Select(StarlarkSet other, bool kept)
    {
        Room.ForItems(Count);
        var result = new StarlarkSet();
        result._table.Select(_table, other._table, kept);
        return result;
    }

    /// <summary>The elements of both, those of this set first.</summary>
    internal StarlarkSet Union(StarlarkSet other)
    {
        var result = new StarlarkSet();
        result._table.Reserve((long)Count + other.Count);
        result._table.CopyFrom(_table);
        result._table.CopyFrom(other._table);
        return result;
    }

    /// <summary>Takes the elements of a set that nothing else refers to, in place of its own.</summary>
    internal void Become(StarlarkSet content)
    {
        CheckMutable("update");
        _table = content._table;
    }

    /// <summary>Adds an element.</summary>
    public void Add(Value item)
    {
        CheckMutable("insert into");
        _table.Include(item);
    }

    /// <inheritdoc/>
    public ValueIterator Iterate() => new Iterator(this);

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w)
    {
        if (!w.Enter(this, "set([...])"))
        {
            return;
        }

        w.Write("set([");
        var first = true;
        foreach (var item in Elements)
        {
            w.Write(first ? "" : ", ");
            first = false;
            w.Write(item);
        }

        w.Write("])");
        w.Leave();
    }

    /// <inheritdoc/>
    public override bool EqualTo(StarlarkObject other, int depth) => other is StarlarkSet set && set.Count == Count && ContainsAll(set);

    /// <inheritdoc/>
    protected internal override void VisitChildren(FreezeVisitor v)
    {
        _frozen = true;
        foreach (var item in Elements)
        {
            v.Visit(item);
        }
    }

    internal bool ContainsAll(StarlarkSet other)
    {
        foreach (var item in other.Elements)
        {
            RunningThread.Step();
            if (!_table.Contains(item))
            {
                return false;
            }
        }

        return true;
    }

    internal void CheckMutable(string verb)
    {
        if (_frozen)
        {
            throw new EvalException($"cannot {verb} frozen set");
        }

        if (_iterators > 0)
        {
            throw new EvalException($"cannot {verb} set during iteration");
        }
    }

    private sealed class Iterator : ValueIterator
    {
        private readonly StarlarkSet _set;
        private readonly bool _guarded;
        private int _next;

        public Iterator(StarlarkSet set)
        {
            _set = set;
            _guarded = !set._frozen;
            if (_guarded)
            {
                set._iterators++;
            }
        }

        public override bool MoveNext(out Value value)
        {
            while (_next < _set._table.Used)
            {
                if (_set._table.EntryAt(_next++, out value, out _))
                {
                    return true;
                }
            }

            value = default;
            return false;
        }

        public override void Dispose()
        {
            if (_guarded)
            {
                _set._iterators--;
            }

            base.Dispose();
        }
    }
}
