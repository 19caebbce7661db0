using Faultbox.Core.Proxying;
using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>The value of <c>response()</c>, <c>error()</c>, <c>drop()</c>, <c>duplicate()</c> and of <c>delay()</c> with <c>delay=</c>.</summary>
/// <param name="fault">What it does.</param>
internal sealed class ProxyFaultValue(ProxyFault fault) : SpecValue
{
    /// <summary>What it does.</summary>
    public ProxyFault Fault => fault;

    /// <inheritdoc/>
    public override string TypeName => "proxy_fault";

    /// <summary>Two rules are equal when they cover the same messages and do the same to them, however their keywords were spelled.</summary>
    public override bool EqualTo(StarlarkObject other, int depth) =>
        other is ProxyFaultValue { Fault: var another }
        && ProxyRuleText.Of(fault) == ProxyRuleText.Of(another)
        && (fault.Message, fault.ContentType, fault.IsJsonBody, fault.MaxFires, fault.Exhaustive)
            == (another.Message, another.ContentType, another.IsJsonBody, another.MaxFires, another.Exhaustive)
        && (fault.Wire, fault.Datagram, fault.Http, fault.Grpc) == (another.Wire, another.Datagram, another.Http, another.Grpc)
        && fault.Headers.SequenceEqual(another.Headers)
        && fault.Body.HasValue == another.Body.HasValue
        && fault.Body.GetValueOrDefault().Span.SequenceEqual(another.Body.GetValueOrDefault().Span);

    /// <inheritdoc/>
    protected override string Description => $"proxy_fault {InterfaceRules.ActionName(fault)}";
}
