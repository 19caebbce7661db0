using Faultbox.Core;
using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime;

/// <summary>A test: a name and a body that acts on a session.</summary>
/// <param name="Name">Name, beginning with <c>test_</c>.</param>
/// <param name="Position">Where it was declared.</param>
/// <param name="Body">Runs the body on the calling thread until it ends or the session is cancelled.</param>
public sealed record TestDefinition(string Name, SourcePosition Position, Func<TestSession, BodyOutcome> Body)
{
    /// <summary>Runs before the body, within the same budget; null when there is none.</summary>
    public Func<TestSession, BodyOutcome>? Setup { get; init; }

    /// <summary>
    /// Budget of setup and body, counted from the moment the services are ready; null when the test has none of its own and shares the
    /// infrastructure budget.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What the test is as a scenario under faults; null for an ordinary test.</summary>
    public ScenarioDefinition? Scenario { get; init; }
}
