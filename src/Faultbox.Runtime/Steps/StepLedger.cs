using Faultbox.Core.Topology;

namespace Faultbox.Runtime.Steps;

/// <summary>Which interfaces a test stepped, and on which of them a step succeeded. Thread-safe.</summary>
internal sealed class StepLedger
{
    private readonly Lock _gate = new();
    private readonly HashSet<InterfaceAddress> _stepped = [];
    private readonly HashSet<InterfaceAddress> _succeeded = [];
    private readonly HashSet<string> _services = [];

    /// <summary>Interfaces that were stepped.</summary>
    public IReadOnlyCollection<InterfaceAddress> Stepped => _stepped;

    /// <summary>Interfaces on which a step succeeded.</summary>
    public IReadOnlyCollection<InterfaceAddress> Succeeded => _succeeded;

    /// <summary>Records a step; true when it was the first one on its service.</summary>
    /// <param name="target">Interface that was stepped.</param>
    /// <param name="succeeded">True when the exchange completed.</param>
    /// <param name="counts">False for steps that only prepare the service.</param>
    public bool Add(InterfaceAddress target, bool succeeded, bool counts)
    {
        lock (_gate)
        {
            if (counts)
            {
                _stepped.Add(target);
            }

            if (counts && succeeded)
            {
                _succeeded.Add(target);
            }

            return _services.Add(target.Service);
        }
    }
}
