using Faultbox.Core.Proxying;

namespace Faultbox.Spec.Values;

/// <summary>The value of <c>response()</c>, <c>error()</c>, <c>drop()</c>, <c>duplicate()</c> and of <c>delay()</c> with <c>delay=</c>.</summary>
/// <param name="fault">What it does.</param>
internal sealed class ProxyFaultValue(ProxyFault fault) : SpecValue
{
    /// <summary>What it does.</summary>
    public ProxyFault Fault => fault;

    /// <inheritdoc/>
    public override string TypeName => "proxy_fault";

    /// <inheritdoc/>
    protected override string Description => $"proxy_fault {InterfaceRules.ActionName(fault)}";
}
