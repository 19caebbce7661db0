using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>The trace windows: <c>trace()</c>, <c>trace_start()</c>, <c>trace_stop()</c>.</summary>
internal static class TraceBuiltins
{
    private const string UnexpectedKeyword = "unexpected keyword";

    private static readonly ParameterDeclaration Service =
        ParameterDeclaration.Required("service", "service", "The service.") with { Form = ParameterForm.Positional };

    private static readonly ParameterDeclaration Syscalls =
        ParameterDeclaration.Required("syscalls", "list of strings", "System calls, families or named operations to record.");

    /// <summary><c>trace()</c>.</summary>
    public static BuiltinDeclaration Trace { get; } = new(
        "trace",
        "Records calls of a service while a callable runs, and returns its result; changes nothing.",
        (in BuiltinCall call) =>
        {
            var service = WindowBuiltins.Target(call);
            var rules = FaultRules.OfTrace(call, service.Definition);
            var position = call.Position;
            return WindowBuiltins.RunInside(call, session => [session.OpenTrace(service.Name, rules, position)]);
        },
        Service,
        Syscalls,
        ParameterDeclaration.Required("run", "callable", "Called without arguments while the window is open."))
    {
        Phase = CallPhase.Run,
        ReportsMissing = true,
        Returns = "any",
        UnknownKeyword = UnexpectedKeyword,
    };

    /// <summary><c>trace_start()</c>.</summary>
    public static BuiltinDeclaration TraceStart { get; } = new(
        "trace_start",
        "Records calls of a service until trace_stop() or the end of the test.",
        (in BuiltinCall call) =>
        {
            var service = WindowBuiltins.Target(call);
            call.Scope.RunningSession.OpenTrace(service.Name, FaultRules.OfTrace(call, service.Definition), call.Position, started: true);
            return Value.None;
        },
        Service,
        Syscalls)
    {
        Phase = CallPhase.Run,
        ReportsMissing = true,
        UnknownKeyword = UnexpectedKeyword,
    };

    /// <summary><c>trace_stop()</c>.</summary>
    public static BuiltinDeclaration TraceStop { get; } = new(
        "trace_stop",
        "Closes every window that trace_start() opened on a service.",
        (in BuiltinCall call) => WindowBuiltins.Stop(call, trace: true),
        Service)
    {
        Phase = CallPhase.Run,
        ReportsMissing = true,
        UnknownKeyword = UnexpectedKeyword,
    };
}
