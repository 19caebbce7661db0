namespace Starlark.Testing;

/// <summary>A value whose fields a script can assign, unless their name begins with <c>no</c>: the tests of assignment to fields use it.</summary>
internal sealed class HasFields : StarlarkObject, IFieldSettable, IBinaryOperand
{
    private readonly SortedDictionary<string, Value> _fields = new(StringComparer.Ordinal);
    private bool _frozen;

    public override string TypeName => "hasfields";

    internal override string Member => FieldOrMethod;

    public override bool IsFrozen => _frozen;

    public override IEnumerable<string> AttributeNames => _fields.Keys;

    public override bool TryGetAttribute(string name, out Value value) => _fields.TryGetValue(name, out value);

    public void SetField(string name, Value value)
    {
        if (_frozen)
        {
            throw new EvalException("cannot set field on a frozen hasfields");
        }

        if (name.StartsWith("no", StringComparison.Ordinal))
        {
            throw NoAttribute(name);
        }

        _fields[name] = value;
    }

    /// <summary><c>list + hasfields</c> is 42: a type that defines an operator with lists but cannot be iterated.</summary>
    public bool TryBinary(string operation, Value left, Value right, out Value result)
    {
        result = Value.Of(42);
        return operation == "+" && left.Ref is StarlarkList;
    }

    protected internal override void VisitChildren(FreezeVisitor v)
    {
        _frozen = true;
        foreach (var value in _fields.Values)
        {
            v.Visit(value);
        }
    }
}
