using System.Runtime.CompilerServices;

namespace Starlark.Execution;

/// <summary>
/// The Starlark thread that runs on this operating system thread. Work whose amount the script decides (comparing, printing, sorting, copying)
/// counts its steps here, so that budgets and cancellation reach into builtins and operators.
/// </summary>
internal static class RunningThread
{
    [ThreadStatic]
    private static StarlarkThread? t_current;

    /// <summary>The running thread, for work that counts many steps; null outside any.</summary>
    public static StarlarkThread? Current => t_current;

    /// <summary>Makes a thread the running one; hand the result to <see cref="Leave"/>.</summary>
    public static StarlarkThread? Enter(StarlarkThread thread)
    {
        var outer = t_current;
        t_current = thread;
        return outer;
    }

    public static void Leave(StarlarkThread? outer) => t_current = outer;

    /// <summary>Counts one piece of work.</summary>
    public static void Step() => t_current?.Step();

    /// <summary>Counts one piece of work that takes long: cancellation is noticed at once.</summary>
    public static void LongStep() => t_current?.StepIntoBuiltin();

    /// <summary>Counts one level of a value that is walked recursively; deeper than the stack allows is an error.</summary>
    public static void StepDown(string purpose)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new EvalException($"value is nested too deeply to {purpose}");
        }

        Step();
    }
}
