using Faultbox.Core.Topology;

namespace Faultbox.Spec.Values;

/// <summary>The value of <c>tcp()</c>, <c>http()</c>, <c>ready()</c>, <c>udp_ready()</c> and <c>wait_until()</c>.</summary>
/// <param name="check">The check.</param>
internal sealed class HealthcheckValue(Healthcheck check) : SpecValue
{
    /// <summary>The check.</summary>
    public Healthcheck Check => check;

    /// <inheritdoc/>
    public override string TypeName => "healthcheck";

    /// <inheritdoc/>
    protected override string Description => $"healthcheck {check.Kind} timeout={Durations.Text(check.Timeout)}";
}
