using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>Builtins under a common name, such as <c>match.event</c> and <c>match.any</c>.</summary>
internal sealed class NamespaceValue(string name, IEnumerable<BuiltinDeclaration> members) : SpecValue
{
    private readonly Dictionary<string, Value> _members = members.ToDictionary(
        m => m.Name[(name.Length + 1)..], m => Value.Of(new SpecBuiltin(m)), StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string TypeName => $"{name}_namespace";

    /// <inheritdoc/>
    public override IEnumerable<string> AttributeNames => _members.Keys;

    /// <inheritdoc/>
    protected override string Choice => $"{name} has {string.Join(", ", _members.Keys)}";

    /// <inheritdoc/>
    protected override string Description => $"{name} namespace";

    /// <inheritdoc/>
    public override bool TryGetAttribute(string name, out Value value) => _members.TryGetValue(name, out value);
}
