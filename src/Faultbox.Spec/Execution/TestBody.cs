using Faultbox.Runtime;
using Faultbox.Spec.Loading;
using Starlark;

namespace Faultbox.Spec.Execution;

/// <summary>Makes the tests of a specification runnable by the engine.</summary>
internal static class TestBody
{
    /// <summary>The definition that the engine runs.</summary>
    public static TestDefinition Create(SpecRegistry registry, DeclaredTest test) =>
        new(test.Name, test.Position, session => test.Plan is { } plan
            ? new ScenarioBody(registry, test, plan, session).Run()
            : Run(registry, test, test.Body, ScopeKind.Body, session))
        {
            Setup = test.Setup is { } setup ? session => Run(registry, test, setup, ScopeKind.Setup, session) : null,
            Timeout = test.Timeout,
            Scenario = test.Plan?.Definition,
        };

    private static BodyOutcome Run(SpecRegistry registry, DeclaredTest test, StarlarkCallable callable, ScopeKind kind, TestSession session)
    {
        registry.Running = session;
        var scope = new SpecScope
        {
            Kind = kind,
            Registry = registry,
            Session = session,
            Budget = test.Timeout,
            Cancellation = session.Cancellation,
            Lock = new SpecLock(),
        };
        return SpecThreads.Run(kind == ScopeKind.Body ? test.Name : $"{test.Name}/setup", scope, callable).ToBody();
    }
}
