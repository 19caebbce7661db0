using Faultbox.Core.Topology;
using Faultbox.Runtime;
using Faultbox.Spec.Loading;
using Starlark;

namespace Faultbox.Spec.Execution;

/// <summary>Makes callables of a specification available to the engine.</summary>
internal static class SpecCallbacks
{
    /// <summary>Wraps a callable without arguments.</summary>
    /// <param name="registry">The specification it belongs to.</param>
    /// <param name="kind">What it is run as.</param>
    /// <param name="callable">The callable.</param>
    /// <param name="position">Where it was given.</param>
    public static SpecCallback Create(SpecRegistry registry, ScopeKind kind, StarlarkCallable callable, Core.SourcePosition position)
    {
        registry.Keep(Value.Of(callable));
        return new SpecCallback(callable.Name, position, context => Run(registry, kind, callable, context));
    }

    private static CallbackOutcome Run(SpecRegistry registry, ScopeKind kind, StarlarkCallable callable, CallbackContext context)
    {
        var session = (TestSession)context.Session;
        registry.Running = session;
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation, session.Cancellation);
        var scope = new SpecScope
        {
            Kind = kind,
            Registry = registry,
            Session = session,
            Cancellation = cancellation.Token,
        };
        var outcome = SpecThreads.Run(context.ThreadName, scope, callable);
        if (outcome.Error is { } error)
        {
            return new CallbackOutcome(Succeeded: false, Truthy: false, error.Message);
        }

        return new CallbackOutcome(Succeeded: true, outcome.Value.Truth, Describe(outcome.Value));
    }

    /// <summary>Why a condition is not met yet: the error of a failed step, otherwise the value.</summary>
    private static string Describe(Value value) =>
        value.Is<Values.ResponseValue>(out var response) && response.Response.Error.Length > 0 ? response.Response.Error : value.Repr();
}
