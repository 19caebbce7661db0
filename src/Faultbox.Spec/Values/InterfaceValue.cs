using System.Globalization;
using Faultbox.Core.Topology;

namespace Faultbox.Spec.Values;

/// <summary>The value of <c>interface()</c>: a declared endpoint that does not belong to a service yet.</summary>
/// <param name="definition">The endpoint.</param>
internal sealed class InterfaceValue(InterfaceDefinition definition) : SpecValue
{
    /// <summary>The endpoint.</summary>
    public InterfaceDefinition Definition => definition;

    /// <inheritdoc/>
    public override string TypeName => "interface";

    /// <inheritdoc/>
    protected override string Description => $"interface {definition.Name} {definition.Protocol}:{definition.SocketPath ?? definition.Port.ToString(CultureInfo.InvariantCulture)}";
}
