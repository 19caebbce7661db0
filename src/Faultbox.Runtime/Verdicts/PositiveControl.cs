using Faultbox.Core.Diagnostics;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Runtime.Steps;

namespace Faultbox.Runtime.Verdicts;

/// <summary>
/// Finds interfaces whose success nobody proved: a test of failures means little when no passing test with an assertion ever saw the same
/// interface work.
/// </summary>
internal sealed class PositiveControl
{
    private readonly HashSet<InterfaceAddress> _stepped = [];
    private readonly HashSet<InterfaceAddress> _proven = [];

    /// <summary>Takes the steps of a judged test into account.</summary>
    public void Add(TestResult result, StepLedger ledger)
    {
        _stepped.UnionWith(ledger.Stepped);
        if (result.Result == Result.Pass && result.Assertions > 0)
        {
            _proven.UnionWith(ledger.Succeeded);
        }
    }

    /// <summary>One finding per unproven interface, sorted by service and interface.</summary>
    public IEnumerable<Diagnostic> Findings() =>
        _stepped
            .Where(i => !_proven.Contains(i))
            .OrderBy(i => i.Service, StringComparer.Ordinal)
            .ThenBy(i => i.Interface, StringComparer.Ordinal)
            .Select(i => new Diagnostic("NO_POSITIVE_CONTROL", $"no passing test with an assertion saw a successful step on {i}")
            {
                Service = i.Service,
            });
}
