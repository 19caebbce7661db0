using Faultbox.Spec.Execution;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Concurrency;

/// <summary>
/// <c>parallel()</c>: branches on threads of their own. They share the lock of the code that called, so they overlap while a builtin blocks
/// and nowhere else.
/// </summary>
internal static class ParallelBuiltin
{
    /// <summary><c>parallel()</c>.</summary>
    public static BuiltinDeclaration Parallel { get; } = new(
        "parallel",
        "Runs callables at the same time and returns their results in the order they were given. Every branch ends before an error is raised.",
        Run,
        new ParameterDeclaration("callables", "callable", "At least two, called without arguments.") { Form = ParameterForm.Rest },
        ParameterDeclaration.Keyword("interleavings", "int", "1", "Only 1: the branches run as they come."))
    {
        Phase = CallPhase.Run,
        Returns = "list",
    };

    private static Value Run(in BuiltinCall call)
    {
        CheckInterleavings(call);
        var branches = Branches(call);
        var scope = call.Scope;
        var outcomes = scope.Block(() => RunAll(scope, branches));
        if (Array.FindIndex(outcomes, o => o.Error is not null) is >= 0 and var failed)
        {
            throw Failure(failed, outcomes[failed].Error!);
        }

        if (outcomes.Any(o => o.Cancelled))
        {
            throw new OperationCanceledException(scope.Cancellation);
        }

        return Value.Of(new StarlarkList(outcomes.Select(o => o.Value)));
    }

    private static SpecOutcome[] RunAll(SpecScope scope, StarlarkCallable[] branches)
    {
        var outcomes = new SpecOutcome[branches.Length];
        BranchThreads.Run(branches.Length, index => outcomes[index] = SpecThreads.Run(BranchThreads.NameOf(index), scope, branches[index]));
        return outcomes;
    }

    private static StarlarkCallable[] Branches(in BuiltinCall call)
    {
        if (call.Rest.Length < 2)
        {
            throw new SpecException("parallel() requires at least 2 callables");
        }

        var branches = new StarlarkCallable[call.Rest.Length];
        for (var i = 0; i < branches.Length; i++)
        {
            branches[i] = call.Rest[i].Is<StarlarkCallable>(out var callable)
                ? callable
                : throw call.Error($"argument {i} must be a callable, got {call.Rest[i].TypeName}");
        }

        return branches;
    }

    private static void CheckInterleavings(in BuiltinCall call)
    {
        if (!call.Has("interleavings"))
        {
            return;
        }

        var given = call["interleavings"];
        if (given.TypeName is not ("int" or "string"))
        {
            throw call.Error($"interleavings must be int or string, got {given.TypeName}");
        }

        if (given.TryGetString(out var policy))
        {
            CheckPolicy(call, policy);
        }
        else if (!given.TryGetInt64(out var count) || count < 1)
        {
            throw NoPolicy(call, given);
        }
        else if (count > 1)
        {
            throw Unsupported(call, given);
        }
    }

    private static void CheckPolicy(in BuiltinCall call, string policy)
    {
        switch (policy)
        {
            case "1":
                return;
            case "sut-internal":
                throw call.Error("interleavings=\"sut-internal\" needs determinism level L5, which is reserved");
            case "all" or "critical" or "events" or "dpor":
                throw Unsupported(call, call["interleavings"]);
            default:
                throw NoPolicy(call, call["interleavings"]);
        }
    }

    private static SpecException NoPolicy(in BuiltinCall call, Value given) => call.Error(
        $"interleavings must be 1, an integer N, \"all\", \"critical\", \"events\" or \"dpor\", got {given.Repr()}");

    private static SpecException Unsupported(in BuiltinCall call, Value given) => call.Error(
        $"interleavings={given.Repr()} is not supported by this version of Faultbox; leave it out to run the branches as they come");

    /// <summary>The error of a branch with the place that raised it, which is not on the stack of the caller.</summary>
    private static EvalException Failure(int branch, EvalException error)
    {
        var place = error.Frames.Count > 0 ? $" (at {error.Frames[^1].File}:{error.Frames[^1].Line}:{error.Frames[^1].Column})" : "";
        return new EvalException($"parallel() callable {branch} failed: {error.Message}{place}", error.InnerException) { Builtin = error.Builtin ?? "parallel" };
    }
}
