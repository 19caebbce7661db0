using System.Runtime.CompilerServices;
using Faultbox.Runtime;

namespace Faultbox.Spec.Values;

/// <summary>The value of <c>fault_start()</c> on an interface: a window that <c>fault_stop()</c> closes.</summary>
/// <param name="window">The window.</param>
/// <param name="target">Interface it is on, as text.</param>
internal sealed class FaultHandleValue(FaultWindow window, string target) : SpecValue
{
    /// <summary>The window.</summary>
    public FaultWindow Window => window;

    /// <inheritdoc/>
    public override string TypeName => "fault_handle";

    /// <inheritdoc/>
    protected override string Description => $"fault_handle {target}";

    /// <inheritdoc/>
    public override bool TryHash(out int h)
    {
        h = RuntimeHelpers.GetHashCode(this);
        return true;
    }
}
