using Faultbox.Core.Verdicts;
using Faultbox.Runtime.Properties;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Execution;

/// <summary>How a scenario is run under faults and judged.</summary>
/// <param name="Definition">What results say about it.</param>
/// <param name="Faults">What is in force while it runs and is judged.</param>
internal sealed record ScenarioPlan(ScenarioDefinition Definition, IReadOnlyList<FaultAssumptionValue> Faults)
{
    /// <summary>Judges what it returned while the faults are in force; null for nothing.</summary>
    public StarlarkCallable? Expect { get; init; }

    /// <summary>Judges what it returned once the faults are gone; null for nothing.</summary>
    public StarlarkCallable? After { get; init; }

    /// <summary>Monitors of its own, which watch from before the faults to after the last judgement.</summary>
    public IReadOnlyList<MonitorDefinition> Monitors { get; init; } = [];

    /// <summary>When it is ended; null when only the budget of the test ends it.</summary>
    public TimeSpan? Deadline { get; init; }
}
