using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime.Verdicts;

/// <summary>The findings that follow from a judged row: what its verdict, its faults and its events say together.</summary>
internal static class TestFindings
{
    /// <summary>Findings of a row, most serious first.</summary>
    public static IEnumerable<Diagnostic> Of(TestResult test) =>
    [
        .. SupervisorFailures(test),
        .. Crashes(test),
        .. Failure(test),
        .. Timeout(test),
        .. IdleFaults(test),
        .. MissingAssertions(test),
        .. Interaction(test),
    ];

    private static IEnumerable<Diagnostic> SupervisorFailures(TestResult test) =>
        test.Log.OfType("supervisor_exited").Select(e => new Diagnostic(
            "SUPERVISOR_EXITED", $"the system calls of \"{e.Service}\" were no longer supervised: {e.Field("error")}")
        {
            Service = e.Service,
        });

    private static IEnumerable<Diagnostic> Crashes(TestResult test) =>
        test.Log.OfType("service_stopped")
            .Where(e => e.Field("phase") == "running" && (e.Field("exit_code") != "0" || e.Field("signal") is not null))
            .Select(e => new Diagnostic(
                "SERVICE_CRASHED",
                $"service \"{e.Service}\" ended during the test ({EndOf(e)})")
            {
                Service = e.Service,
            });

    private static string EndOf(TraceEvent stopped) =>
        stopped.Field("signal") is { } signal ? $"signal {signal}" : $"exit code {stopped.Field("exit_code")}";

    private static IEnumerable<Diagnostic> Failure(TestResult test) =>
        test is { Result: Result.Fail, FailureType: FailureType.Assertion } ? [new Diagnostic("ASSERTION_MISMATCH", test.Reason ?? "")] : [];

    private static IEnumerable<Diagnostic> Timeout(TestResult test)
    {
        if (test.Cause != "timeout")
        {
            return [];
        }

        var faults = test.Faults.Where(IsFault).ToList();
        var fired = faults.FirstOrDefault(f => f.Hits > 0);
        return fired is not null
                ? [new Diagnostic("TIMEOUT_DURING_FAULT", $"the test ran out of time while a fault acted on \"{fired.Service}\" ({fired.Keyword})")
                {
                    Service = fired.Service,
                    Syscall = fired.Keyword,
                }]
            : faults.Count > 0 ? [new Diagnostic("TIMEOUT_NO_FAULT_FIRED", "the test ran out of time and none of its faults acted")]
            : [new Diagnostic("TIMEOUT_NO_FAULTS", "the test ran out of time without a fault")];
    }

    private static IEnumerable<Diagnostic> IdleFaults(TestResult test) =>
        test.Faults.Where(f => f.ZeroTraffic).Select(f => new Diagnostic(
            "FAULT_NOT_FIRED", $"{f.Service}.{f.Keyword} ({f.Action}) matched nothing{(f.Hint is { } hint ? $": {hint}" : "")}")
        {
            Service = f.Service,
            Syscall = f.Keyword,
        });

    private static IEnumerable<Diagnostic> MissingAssertions(TestResult test)
    {
        if (test.Result != Result.Pass || test.Assertions > 0)
        {
            return [];
        }

        return
        [
            new Diagnostic("TEST_NO_ASSERTIONS", "the test passed without evaluating an assertion"),
            .. test.Faults.Where(f => f is { Action: "deny", Hits: > 0 }).Select(f => new Diagnostic(
                "FAULT_FIRED_BUT_SUCCESS", $"{f.Service}.{f.Keyword} failed {f.Hits} calls and nothing was asserted")
            {
                Service = f.Service,
                Syscall = f.Keyword,
            }),
        ];
    }

    private static IEnumerable<Diagnostic> Interaction(TestResult test)
    {
        var fired = test.Faults.Where(f => IsFault(f) && f.Hits > 0).ToList();
        return test.Result == Result.Fail && fired.Count >= 2
            ? [new Diagnostic(
                "MULTIPLE_FAULTS_INTERACTION",
                $"{fired.Count} faults acted: {string.Join(", ", fired.Select(f => $"{f.Service}.{f.Keyword}"))}")]
            : [];
    }

    private static bool IsFault(FaultSummary fault) => fault.Protocol is not null || fault.Action is "deny" or "delay" or "kill";
}
