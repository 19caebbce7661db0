using Faultbox.Core.Verdicts;
using Faultbox.Runtime;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Execution;

/// <summary>How a callable of a specification ended.</summary>
/// <param name="Value">What it returned; <c>None</c> when it did not return.</param>
/// <param name="Error">What it raised, or null.</param>
/// <param name="Cancelled">True when it was stopped.</param>
internal readonly record struct SpecOutcome(Value Value, EvalException? Error, bool Cancelled)
{
    /// <summary>Host stack of a defect in Faultbox; null when the specification is at fault.</summary>
    public string? InternalStack { get; init; }

    /// <summary>The same as the outcome of a body.</summary>
    public BodyOutcome ToBody() => Error is { } error
        ? new BodyOutcome
        {
            Raised = true,
            Cancelled = Cancelled,
            Message = error.Message,
            FailureType = SpecThreads.TypeOf(error),
            Traceback = error.Frames.ToCore(),
            InternalStack = InternalStack,
        }
        : new BodyOutcome
        {
            Raised = Cancelled,
            Cancelled = Cancelled,
            Message = Cancelled ? "the test is over" : null,
            ReturnValue = Value.IsNone ? null : Value.Repr(),
        };
}

/// <summary>Runs callables of a specification, each on a thread of the language of its own.</summary>
internal static class SpecThreads
{
    /// <summary>Calls a callable on the current operating system thread.</summary>
    /// <param name="name">Name of the specification thread.</param>
    /// <param name="scope">What its builtins act on.</param>
    /// <param name="callable">The callable.</param>
    /// <param name="arguments">Its arguments, by position.</param>
    public static SpecOutcome Run(string name, SpecScope scope, StarlarkCallable callable, params Value[] arguments)
    {
        var thread = new StarlarkThread(name)
        {
            HostState = scope,
            CancellationToken = scope.Cancellation,
            Print = line => scope.Session?.Print(line),
        };
        try
        {
            var value = scope.Lock is { } held ? held.Hold(() => thread.Call(Value.Of(callable), arguments)) : thread.Call(Value.Of(callable), arguments);
            return new SpecOutcome(value, null, Cancelled: false);
        }
        catch (OperationCanceledException)
        {
            return new SpecOutcome(Value.None, null, Cancelled: true);
        }
        catch (EvalException e)
        {
            return new SpecOutcome(Value.None, e, scope.Cancellation.IsCancellationRequested)
            {
                InternalStack = DefectIn(e),
            };
        }
    }

    /// <summary>Typed cause of an error, set by the builtin that raised it.</summary>
    public static FailureType TypeOf(EvalException error) =>
        error.Builtin is "assert_true" or "assert_eq" or "assert_eventually" or "assert_never" or "assert_before"
            or "expect_success" or "expect_error_within" or "expect_hang"
            ? FailureType.Assertion
            : FailureType.Error;

    /// <summary>Host stack of a defect in Faultbox behind an error; null when the specification is at fault.</summary>
    public static string? DefectIn(EvalException error) =>
        error.InnerException is { } inner and not (SpecException or EvalException or Runtime.SessionException) ? inner.ToString() : null;
}
