using Faultbox.Core.Determinism;
using Faultbox.Core.Events;
using Faultbox.Runtime.Execution;

namespace Faultbox.Runtime.Verdicts;

/// <summary>Whether what the services of an execution did can be repeated.</summary>
internal static class StrictDeterminism
{
    /// <summary>The first source of nondeterminism that is not tolerated, as a reason; null when there is none or the run is not strict.</summary>
    public static string? ViolationIn(TestAttempt attempt)
    {
        var policy = attempt.Session.Spec.Determinism;
        var strict = attempt.Strict ?? policy.Strict;
        return strict && attempt.Session.Log.OfType("unmediated_io").FirstOrDefault(e => !IsTolerated(attempt, policy, e)) is { } first ? Reason(first) : null;
    }

    private static bool IsTolerated(TestAttempt attempt, DeterminismPolicy policy, TraceEvent e) =>
        e.Field("category") is { } category
        && (policy.Allowed.Contains(category) || attempt.Session.Spec.FindService(e.Service)?.NondeterministicOk.Contains(category) == true);

    private static string Reason(TraceEvent e)
    {
        var to = e.Field("detail") is { } detail ? $" to {detail}" : "";
        var category = e.Field("category");
        return $"strict determinism: service \"{e.Service}\" used an unmediated source of nondeterminism, {category}: {e.Field("syscall")}{to} (pid {e.Field("pid")}); "
            + $"tolerate it with nondeterministic_ok = [\"{category}\"] of the service or allow = [\"{category}\"] of determinism()";
    }
}
