using Faultbox.Runtime;
using Faultbox.Spec.Loading;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Execution;

/// <summary>Makes the tests of a specification runnable by the engine.</summary>
internal static class TestBody
{
    /// <summary>The definition that the engine runs.</summary>
    public static TestDefinition Create(SpecRegistry registry, DeclaredTest test) =>
        new(test.Name, test.Position, session => Run(registry, test, test.Body, ScopeKind.Body, session))
        {
            Setup = test.Setup is { } setup ? session => Run(registry, test, setup, ScopeKind.Setup, session) : null,
            Timeout = test.Timeout,
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
        var outcome = SpecThreads.Run(kind == ScopeKind.Body ? test.Name : $"{test.Name}/setup", scope, callable);
        if (outcome.Error is not { } error)
        {
            return new BodyOutcome
            {
                Raised = outcome.Cancelled,
                Cancelled = outcome.Cancelled,
                Message = outcome.Cancelled ? "the test is over" : null,
                ReturnValue = outcome.Value.IsNone ? null : outcome.Value.Repr(),
            };
        }

        return new BodyOutcome
        {
            Raised = true,
            Cancelled = outcome.Cancelled,
            Message = error.Message,
            FailureType = SpecThreads.TypeOf(error),
            Traceback = error.Frames.ToCore(),
            InternalStack = outcome.InternalStack,
        };
    }
}
