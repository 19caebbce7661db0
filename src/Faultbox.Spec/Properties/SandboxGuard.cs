using Faultbox.Spec.Execution;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Properties;

/// <summary>Keeps callbacks that only observe from changing anything, whatever way they reached a builtin.</summary>
internal static class SandboxGuard
{
    /// <summary>Code of the error.</summary>
    public const string Code = "SPEC_FORBIDDEN_LAMBDA";

    /// <summary>Refuses a call of a builtin that acts.</summary>
    /// <exception cref="SpecException">The thread may only observe.</exception>
    public static void Check(StarlarkThread thread, SpecScope scope, BuiltinDeclaration builtin)
    {
        if (thread.Sandboxed && builtin.Sandbox == SandboxRule.Forbidden)
        {
            throw new SpecException(Refusal(scope.Observer, builtin.Name, thread.CallerPosition.ToString()), Code);
        }
    }

    /// <summary>The message about a builtin that an observer may not use.</summary>
    public static string Refusal(string observer, string builtin, string position) =>
        $"{observer} references disallowed builtin \"{builtin}\" at {position}: a callback that only observes must not change the system, the plan or the verdict";
}
