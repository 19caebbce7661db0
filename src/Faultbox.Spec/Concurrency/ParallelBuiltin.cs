using Faultbox.Core.Holds;
using Faultbox.Core.Leaves;
using Faultbox.Runtime;
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
        ParameterDeclaration.Keyword(
            "interleavings", "int or string", "1", "1: the branches run as they come. \"all\", \"critical\" or a number: one after the other, in every or in the first orders. \"events\": in every order of the calls of --gates."))
    {
        Phase = CallPhase.Run,
        Returns = "list",
    };

    private static Value Run(in BuiltinCall call)
    {
        var branches = Branches(call);
        var (scope, session, position) = (call.Scope, call.Scope.RunningSession, call.Position);
        var interleaving = Interleaving.Of(call, branches.Length);
        if (interleaving.IsGated && !session.HasGates)
        {
            throw call.Error("interleavings=\"events\" explores the order of gated calls and there are none; run with --gates syscalls, or a list such as --gates connect,write");
        }

        var outcomes = scope.Block(() =>
        {
            var results = new SpecOutcome[branches.Length];
            Run(session, interleaving, position, results, index => results[index] = SpecThreads.Run(BranchThreads.NameOf(index), scope, branches[index]));
            return results;
        });
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

    private static void Run(TestSession session, Interleaving interleaving, Core.SourcePosition at, SpecOutcome[] results, Action<int> branch)
    {
        if (interleaving.IsGated)
        {
            session.RunGated(results.Length, ended => BranchThreads.Run(results.Length, index =>
            {
                branch(index);
                ended();
            }));
            return;
        }

        if (interleaving.Orders == 1)
        {
            BranchThreads.Run(results.Length, branch);
            return;
        }

        var order = session.Leaf.Consult(new Axis(AxisKind.Ordering, $"{at.File}:{at.Line}", interleaving.Orders)).Digit;
        foreach (var index in Permutation.Decode((ulong)order, results.Length))
        {
            BranchThreads.Run(1, _ => branch(index));
        }
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

    /// <summary>The error of a branch with the place that raised it, which is not on the stack of the caller.</summary>
    private static EvalException Failure(int branch, EvalException error)
    {
        var place = error.Frames.Count > 0 ? $" (at {error.Frames[^1].File}:{error.Frames[^1].Line}:{error.Frames[^1].Column})" : "";
        return new EvalException($"parallel() callable {branch} failed: {error.Message}{place}", error.InnerException) { Builtin = error.Builtin ?? "parallel" };
    }
}
