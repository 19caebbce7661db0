using Faultbox.Linux.Processes;
using Faultbox.Runtime;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>What a test does to the processes of a service: <c>crash()</c>, <c>restart()</c>, <c>pause()</c>, <c>resume()</c>.</summary>
internal static class ProcessBuiltins
{
    private static readonly ParameterDeclaration Service =
        ParameterDeclaration.Required("service", "service", "The service.") with { Form = ParameterForm.Positional };

    /// <summary><c>crash()</c>.</summary>
    public static BuiltinDeclaration Crash { get; } = new(
        "crash",
        "Ends a service and everything it started; returns when nothing of it is left. It stays down until restart() or the next test.",
        (in BuiltinCall call) =>
        {
            var signal = ReadSignal(call);
            return Act(call, (session, service) => session.Crash(service, signal));
        },
        Service,
        ParameterDeclaration.Keyword("signal", "string", "\"SIGKILL\"", "Signal sent to its process; what survives it by 2 seconds is killed."))
    {
        Phase = CallPhase.Body,
        ReportsMissing = true,
    };

    /// <summary><c>restart()</c>.</summary>
    public static BuiltinDeclaration Restart { get; } = new(
        "restart",
        "Starts a service again, stopping it first when it runs: same addresses, arguments, environment and intercepted calls. Open fault windows stay in force; seed= is not called.",
        (in BuiltinCall call) =>
        {
            var ready = call.Flag("ready", true);
            return Act(call, (session, service) => session.Restart(service, ready));
        },
        Service,
        ParameterDeclaration.Keyword("ready", "bool", "True", "Wait for its healthcheck."))
    {
        Phase = CallPhase.Body,
        ReportsMissing = true,
    };

    /// <summary><c>pause()</c>.</summary>
    public static BuiltinDeclaration Pause { get; } = new(
        "pause",
        "Suspends a service and everything it started; connections stay open and nobody answers. A service that is still suspended at the end of the test is resumed.",
        (in BuiltinCall call) => Act(call, (session, service) => session.Pause(service)),
        Service)
    {
        Phase = CallPhase.Body,
        ReportsMissing = true,
    };

    /// <summary><c>resume()</c>.</summary>
    public static BuiltinDeclaration Resume { get; } = new(
        "resume",
        "Lets a suspended service go on.",
        (in BuiltinCall call) => Act(call, (session, service) => session.Resume(service)),
        Service)
    {
        Phase = CallPhase.Body,
        ReportsMissing = true,
    };

    /// <summary>The signal that a <c>signal=</c> keyword names; <c>SIGKILL</c> without one.</summary>
    public static int ReadSignal(in BuiltinCall call)
    {
        if (call.OptionalText("signal") is not { } name)
        {
            return Signals.Kill;
        }

        return Signals.TryParse(name, out var signal)
            ? signal
            : throw call.Error($"unknown signal \"{name}\"; supported: {string.Join(", ", Signals.Names.Order(StringComparer.Ordinal))}");
    }

    private static Value Act(in BuiltinCall call, Action<TestSession, string> action)
    {
        var service = WindowBuiltins.Target(call).Name;
        var session = call.Scope.RunningSession;
        return call.Scope.Block(() =>
        {
            action(session, service);
            return Value.None;
        });
    }
}
