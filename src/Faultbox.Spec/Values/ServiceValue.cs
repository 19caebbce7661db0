using System.Runtime.CompilerServices;
using Faultbox.Core.Topology;
using Faultbox.Spec.Loading;
using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>The value of <c>service()</c>. Its attributes are its interfaces, its name, and the steps of its only or default interface.</summary>
internal sealed class ServiceValue : SpecValue
{
    private readonly Dictionary<string, InterfaceRefValue> _interfaces;

    /// <summary>Creates the value.</summary>
    /// <param name="definition">The declaration.</param>
    /// <param name="registry">The specification it belongs to.</param>
    public ServiceValue(ServiceDefinition definition, SpecRegistry registry)
    {
        Definition = definition;
        _interfaces = definition.Interfaces.ToDictionary(i => i.Name, i => new InterfaceRefValue(this, i, registry), StringComparer.Ordinal);
    }

    /// <summary>The declaration.</summary>
    public ServiceDefinition Definition { get; }

    /// <summary>Name.</summary>
    public string Name => Definition.Name;

    /// <inheritdoc/>
    public override string TypeName => "service";

    /// <inheritdoc/>
    public override IEnumerable<string> AttributeNames => _interfaces.Keys.Append("name").Concat(Shorthand?.StepNames ?? []).Distinct();

    /// <inheritdoc/>
    protected override string Description => $"service {Name}";

    private InterfaceRefValue? Shorthand =>
        _interfaces.Count == 1 ? _interfaces.Values.Single() : _interfaces.GetValueOrDefault("default");

    /// <inheritdoc/>
    public override bool TryGetAttribute(string name, out Value value)
    {
        if (_interfaces.TryGetValue(name, out var reference))
        {
            value = Value.Of(reference);
            return true;
        }

        if (name == "name")
        {
            value = Value.Of(Name);
            return true;
        }

        if (Shorthand is { } only)
        {
            if (!only.TryGetStep(name, out value) && _interfaces.Values.FirstOrDefault(i => i.StepNames.Contains(name)) is { } other)
            {
                throw new EvalException(
                    $"service \"{Name}\": its interface \"{only.Definition.Name}\" ({only.Definition.Protocol}) has no step {name}; write .{other.Definition.Name}.{name}()");
            }

            return only.StepNames.Contains(name);
        }

        if (_interfaces.Count > 1 && _interfaces.Values.Any(i => i.StepNames.Contains(name)))
        {
            throw new EvalException(
                $"service \"{Name}\" has multiple interfaces, specify which one: {string.Join(", ", _interfaces.Values.Where(i => i.StepNames.Contains(name)).Select(i => $".{i.Definition.Name}.{name}()"))}");
        }

        value = default;
        return false;
    }

    /// <inheritdoc/>
    public override bool TryHash(out int h)
    {
        h = RuntimeHelpers.GetHashCode(this);
        return true;
    }
}
