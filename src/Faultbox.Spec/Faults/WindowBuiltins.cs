using Faultbox.Core.Faults;
using Faultbox.Runtime;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>The fault windows: <c>fault()</c>, <c>fault_all()</c>, <c>fault_start()</c>, <c>fault_stop()</c>.</summary>
internal static class WindowBuiltins
{
    private static readonly ParameterDeclaration Rules =
        new("keywords", "fault", "One rule per keyword: a named operation of the service, a family such as \"write\", or a system call.") { Form = ParameterForm.Keywords };

    private static readonly ParameterDeclaration RunParameter =
        ParameterDeclaration.Required("run", "callable", "Called without arguments while the window is open; its result is returned.") with { Form = ParameterForm.Keyword };

    /// <summary><c>fault()</c>.</summary>
    public static BuiltinDeclaration Fault { get; } = new(
        "fault",
        "Puts rules in force on a service while a callable runs, and returns its result. Windows nest; the newest is asked first.",
        RunFault,
        ParameterDeclaration.Required("target", "service or fault_assumption", "What the rules act on.") with { Form = ParameterForm.Positional },
        RunParameter,
        Rules)
    {
        Phase = CallPhase.Run,
        ReportsMissing = true,
        Returns = "any",
        Unsupported = ["source", "driver"],
    };

    /// <summary><c>fault_all()</c>.</summary>
    public static BuiltinDeclaration FaultAll { get; } = new(
        "fault_all",
        "Puts the same rules in force on several services while a callable runs, and returns its result.",
        RunFaultAll,
        ParameterDeclaration.Required("services", "list of services", "What the rules act on.") with { Form = ParameterForm.Positional },
        RunParameter,
        Rules)
    {
        Phase = CallPhase.Run,
        ReportsMissing = true,
        Returns = "any",
    };

    /// <summary><c>fault_start()</c>.</summary>
    public static BuiltinDeclaration FaultStart { get; } = new(
        "fault_start",
        "Puts rules in force on a service until fault_stop() or the end of the test.",
        (in BuiltinCall call) =>
        {
            var service = Target(call);
            call.Scope.RunningSession.OpenFaults(service.Name, FaultRules.Of(call, service.Definition), call.Position, started: true);
            return Value.None;
        },
        ParameterDeclaration.Required("service", "service", "What the rules act on.") with { Form = ParameterForm.Positional },
        Rules)
    {
        Phase = CallPhase.Run,
        ReportsMissing = true,
    };

    /// <summary><c>fault_stop()</c>.</summary>
    public static BuiltinDeclaration FaultStop { get; } = new(
        "fault_stop",
        "Closes every window that fault_start() opened on a service.",
        (in BuiltinCall call) => Stop(call, trace: false),
        ParameterDeclaration.Required("service", "service", "The service.") with { Form = ParameterForm.Positional })
    {
        Phase = CallPhase.Run,
        ReportsMissing = true,
    };

    /// <summary>The service that a call names first.</summary>
    /// <exception cref="SpecException">There is none.</exception>
    public static ServiceValue Target(in BuiltinCall call)
    {
        var target = call["service"];
        if (target.IsNone)
        {
            throw new SpecException($"{call.Label} requires a service argument");
        }

        return target.Is<ServiceValue>(out var service)
            ? service
            : throw call.Error($"first arg must be a service, got {target.TypeName}{OnInterface(target)}");
    }

    /// <summary>Calls <c>run=</c> while windows are open.</summary>
    public static Value RunInside(in BuiltinCall call, Func<TestSession, FaultWindow[]> open)
    {
        if (!call.Has("run"))
        {
            throw new SpecException($"{call.Label} requires run= keyword with a callback function");
        }

        if (!call["run"].Is<StarlarkCallable>(out var callable))
        {
            throw call.Error($"run= must be a callable, got {call["run"].TypeName}");
        }

        var session = call.Scope.RunningSession;
        var windows = open(session);
        try
        {
            return call.Thread.Call(Value.Of(callable));
        }
        finally
        {
            CloseAll(session, windows);
        }
    }

    /// <summary>Opens fault windows one after the other; when one cannot be opened those before it are closed again.</summary>
    public static FaultWindow[] OpenAll(TestSession session, IReadOnlyList<KeyValuePair<string, IReadOnlyList<FaultRule>>> faults, Core.SourcePosition at)
    {
        session.Require(faults);
        var windows = new List<FaultWindow>();
        try
        {
            foreach (var (service, rules) in faults)
            {
                windows.Add(session.OpenFaults(service, rules, at));
            }
        }
        catch
        {
            CloseAll(session, windows);
            throw;
        }

        return [.. windows];
    }

    /// <summary>Closes the windows that a start builtin opened.</summary>
    public static Value Stop(in BuiltinCall call, bool trace)
    {
        var service = Target(call);
        var session = call.Scope.RunningSession;
        CloseAll(session, session.OpenStarted(service.Name, trace));
        return Value.None;
    }

    private static Value RunFault(in BuiltinCall call)
    {
        var target = call["target"];
        if (target.IsNone)
        {
            throw new SpecException("fault() requires a service or interface argument");
        }

        if (target.Is<FaultAssumptionValue>(out var assumption))
        {
            if (call.Keywords.Count > 0)
            {
                throw call.Error($"unknown keyword argument \"{call.Keywords[0].Key}\"; a fault_assumption brings its own rules, only run= is taken");
            }

            var position = call.Position;
            return RunInside(call, session => OpenAll(session, assumption.Windows(), position));
        }

        if (!target.Is<ServiceValue>(out var service))
        {
            throw call.Error($"first arg must be a service, interface_ref, or fault_assumption, got {target.TypeName}{OnInterface(target)}");
        }

        var rules = FaultRules.Of(call, service.Definition);
        var at = call.Position;
        return RunInside(call, session => [session.OpenFaults(service.Name, rules, at)]);
    }

    private static Value RunFaultAll(in BuiltinCall call)
    {
        var given = call["services"];
        if (given.IsNone)
        {
            throw new SpecException("fault_all() requires a list of services");
        }

        if (!given.TryGetItems(out var items))
        {
            throw call.Error($"first arg must be a list of services, got {given.TypeName}");
        }

        if (items.Count == 0)
        {
            throw call.Error("first arg must name at least one service");
        }

        var windows = new List<KeyValuePair<string, IReadOnlyList<FaultRule>>>();
        for (var i = 0; i < items.Count; i++)
        {
            if (!items[i].Is<ServiceValue>(out var service))
            {
                throw call.Error($"services[{i}] must be a service, got {items[i].TypeName}");
            }

            windows.Add(new(service.Name, FaultRules.Of(call, service.Definition)));
        }

        var position = call.Position;
        return RunInside(call, session => OpenAll(session, windows, position));
    }

    private static void CloseAll(TestSession session, IReadOnlyList<FaultWindow> windows)
    {
        for (var i = windows.Count - 1; i >= 0; i--)
        {
            session.Close(windows[i]);
        }
    }

    private static string OnInterface(Value target) => target.Is<InterfaceRefValue>(out var reference)
        ? $"; rules on an interface are not supported by this version of Faultbox, name the service \"{reference.Service.Name}\" instead"
        : "";
}
