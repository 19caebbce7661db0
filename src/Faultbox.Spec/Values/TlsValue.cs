using Faultbox.Core.Topology;

namespace Faultbox.Spec.Values;

/// <summary>The value of <c>tls_cert()</c>.</summary>
/// <param name="tls">What it declares.</param>
internal sealed class TlsValue(TlsDefinition tls) : SpecValue
{
    /// <summary>What it declares.</summary>
    public TlsDefinition Definition => tls;

    /// <inheritdoc/>
    public override string TypeName => "tls_cert";

    /// <inheritdoc/>
    protected override string Description => "tls_cert";
}
