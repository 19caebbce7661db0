namespace Starlark.Testing;

/// <summary>A value whose fields a script can assign: the tests of assignment to fields use it.</summary>
internal sealed class HasFields : StarlarkObject, IFieldSettable
{
    private readonly SortedDictionary<string, Value> _fields = new(StringComparer.Ordinal);
    private bool _frozen;

    public override string TypeName => "hasfields";

    public override bool IsFrozen => _frozen;

    public override IEnumerable<string> AttributeNames => _fields.Keys;

    public override bool TryGetAttribute(string name, out Value value) => _fields.TryGetValue(name, out value);

    public void SetField(string name, Value value)
    {
        if (_frozen)
        {
            throw new EvalException("cannot set field on a frozen hasfields");
        }

        _fields[name] = value;
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
