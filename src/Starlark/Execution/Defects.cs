namespace Starlark.Execution;

/// <summary>Turns what only a defect or an exhausted machine can raise into an error of the script.</summary>
internal static class Defects
{
    /// <summary>
    /// False for errors of the script, whose stack is recorded in passing. As a filter it sees an error before anything is unwound; catching
    /// and throwing again at every level would use up the stack that deep calls left.
    /// </summary>
    public static bool IsDefect(Exception error, StarlarkThread thread)
    {
        (error as EvalException)?.SetFrames(thread.CallStack);
        return error is not (EvalException or OperationCanceledException);
    }

    public static EvalException Wrap(Exception error, StarlarkThread thread)
    {
        var wrapped = error is OutOfMemoryException or InsufficientExecutionStackException
            ? new EvalException("out of memory")
            : new EvalException($"internal error: {error.Message}", error);
        wrapped.SetFrames(thread.CallStack);
        return wrapped;
    }
}
