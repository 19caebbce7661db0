namespace Starlark;

/// <summary>An immutable record of named fields.</summary>
public sealed class StarlarkStruct : StarlarkObject, IBinaryOperand
{
    private readonly SortedList<string, Value> _fields;
    private bool _frozen;

    /// <summary>A struct of the given fields; a later field of one name wins.</summary>
    public StarlarkStruct(params IEnumerable<KeyValuePair<string, Value>> fields)
    {
        _fields = new SortedList<string, Value>(StringComparer.Ordinal);
        foreach (var (name, value) in fields)
        {
            _fields[name] = value;
        }
    }

    /// <summary>Fields by name, ordinal order.</summary>
    public IEnumerable<KeyValuePair<string, Value>> Fields => _fields;

    /// <inheritdoc/>
    public override string TypeName => "struct";

    /// <inheritdoc/>
    public override bool IsFrozen => _frozen || _fields.Count == 0;

    /// <inheritdoc/>
    public override IEnumerable<string> AttributeNames => _fields.Keys;

    /// <inheritdoc/>
    public override bool TryGetAttribute(string name, out Value value) => _fields.TryGetValue(name, out value);

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w)
    {
        if (!w.Enter(this, "struct(...)"))
        {
            return;
        }

        w.Write("struct(");
        var first = true;
        foreach (var (name, value) in _fields)
        {
            w.Write(first ? "" : ", ");
            first = false;
            w.Write(name);
            w.Write(" = ");
            w.Write(value);
        }

        w.Write(")");
        w.Leave();
    }

    /// <inheritdoc/>
    public override bool TryHash(out int h)
    {
        var code = default(HashCode);
        foreach (var (name, value) in _fields)
        {
            if (!Equality.TryHash(value, out var hash))
            {
                h = 0;
                return false;
            }

            code.Add(name, StringComparer.Ordinal);
            code.Add(hash);
        }

        h = code.ToHashCode();
        return true;
    }

    /// <inheritdoc/>
    public override bool EqualTo(StarlarkObject other, int depth)
    {
        if (other is not StarlarkStruct s || s._fields.Count != _fields.Count)
        {
            return false;
        }

        foreach (var (name, value) in _fields)
        {
            if (!s._fields.TryGetValue(name, out var theirs) || !Equality.AreEqual(value, theirs, depth))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryBinary(string operation, Value left, Value right, out Value result)
    {
        if (operation == "+" && left.Ref is StarlarkStruct a && right.Ref is StarlarkStruct b)
        {
            result = Value.Of(new StarlarkStruct(a.Fields.Concat(b.Fields)));
            return true;
        }

        result = default;
        return false;
    }

    /// <inheritdoc/>
    protected internal override void VisitChildren(FreezeVisitor v)
    {
        _frozen = true;
        foreach (var value in _fields.Values)
        {
            v.Visit(value);
        }
    }
}

/// <summary>A named collection of functions and constants, such as <c>json</c>.</summary>
public sealed class StarlarkModuleValue(string name, IReadOnlyDictionary<string, Value> members) : StarlarkObject
{
    /// <inheritdoc/>
    public override string TypeName => "module";

    internal override string Member => FieldOrMethod;

    /// <inheritdoc/>
    public override IEnumerable<string> AttributeNames => members.Keys;

    /// <inheritdoc/>
    public override bool TryGetAttribute(string attribute, out Value value) => members.TryGetValue(attribute, out value);

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.Write($"<module \"{name}\">");
}
