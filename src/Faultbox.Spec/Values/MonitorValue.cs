using Faultbox.Runtime.Properties;

namespace Faultbox.Spec.Values;

/// <summary>The value of <c>monitor()</c>.</summary>
/// <param name="monitor">The monitor.</param>
internal sealed class MonitorValue(MonitorDefinition monitor) : SpecValue
{
    /// <summary>The monitor.</summary>
    public MonitorDefinition Monitor => monitor;

    /// <inheritdoc/>
    public override string TypeName => "monitor";

    /// <inheritdoc/>
    protected override string Description => $"monitor {monitor.Name}";
}
