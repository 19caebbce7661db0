using Starlark.Execution;

namespace Starlark;

/// <summary>A mutable dictionary in insertion order.</summary>
public sealed class StarlarkDict : StarlarkObject, ISized, IMapping, ISettable, IContainer, IIterable
{
    private readonly ValueTable _table = new();
    private int _iterators;
    private bool _frozen;

    /// <inheritdoc/>
    public int Count => _table.Count;

    /// <inheritdoc/>
    public override string TypeName => "dict";

    internal override string Member => FieldOrMethod;

    /// <inheritdoc/>
    public override bool Truth => _table.Count > 0;

    /// <inheritdoc/>
    public override bool IsFrozen => _frozen;

    /// <inheritdoc/>
    protected internal override MethodTable Methods => DictMethods.Table;

    /// <summary>Entries in insertion order.</summary>
    public IEnumerable<KeyValuePair<Value, Value>> Entries
    {
        get
        {
            for (var i = 0; i < _table.Used; i++)
            {
                if (_table.EntryAt(i, out var key, out var value))
                {
                    yield return new(key, value);
                }
            }
        }
    }

    internal ValueTable Table => _table;

    /// <inheritdoc/>
    public bool TryGet(Value key, out Value value) => _table.TryGet(key, out value);

    /// <summary>Adds or replaces an entry; a replaced one keeps its place.</summary>
    /// <exception cref="EvalException">The key is not hashable, or the dictionary is frozen or being iterated.</exception>
    public void Set(Value key, Value value)
    {
        CheckMutable("insert into");
        _table.Set(key, value);
    }

    /// <inheritdoc/>
    public void SetItem(Value key, Value value) => Set(key, value);

    /// <inheritdoc/>
    public bool Contains(Value item) => _table.Contains(item);

    /// <inheritdoc/>
    public ValueIterator Iterate() => new Iterator(this);

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w)
    {
        if (!w.Enter(this, "{...}"))
        {
            return;
        }

        w.Write("{");
        var first = true;
        foreach (var (key, value) in Entries)
        {
            w.Write(first ? "" : ", ");
            first = false;
            w.Write(key);
            w.Write(": ");
            w.Write(value);
        }

        w.Write("}");
        w.Leave();
    }

    /// <inheritdoc/>
    public override bool EqualTo(StarlarkObject other, int depth)
    {
        if (other is not StarlarkDict dict || dict.Count != Count)
        {
            return false;
        }

        foreach (var (key, value) in Entries)
        {
            RunningThread.Step();
            if (!dict._table.TryGet(key, out var theirs) || !Equality.AreEqual(value, theirs, depth))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    protected internal override void VisitChildren(FreezeVisitor v)
    {
        _frozen = true;
        foreach (var (key, value) in Entries)
        {
            v.Visit(key);
            v.Visit(value);
        }
    }

    internal void CheckMutable(string verb)
    {
        if (_frozen)
        {
            throw new EvalException($"cannot {verb} frozen dict");
        }

        if (_iterators > 0)
        {
            throw new EvalException($"cannot {verb} dict during iteration");
        }
    }

    internal static StarlarkDict Union(StarlarkDict a, StarlarkDict b)
    {
        var result = new StarlarkDict();
        result.CopyFrom(a);
        result.CopyFrom(b);
        return result;
    }

    internal void CopyFrom(StarlarkDict other)
    {
        if (!ReferenceEquals(this, other))
        {
            _table.CopyFrom(other._table);
        }
    }

    private sealed class Iterator : ValueIterator
    {
        private readonly StarlarkDict _dict;
        private readonly bool _guarded;
        private int _next;

        public Iterator(StarlarkDict dict)
        {
            _dict = dict;
            _guarded = !dict._frozen;
            if (_guarded)
            {
                dict._iterators++;
            }
        }

        public override bool MoveNext(out Value value)
        {
            while (_next < _dict._table.Used)
            {
                if (_dict._table.EntryAt(_next++, out value, out _))
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
                _dict._iterators--;
            }

            base.Dispose();
        }
    }
}
