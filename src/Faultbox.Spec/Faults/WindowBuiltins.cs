using Faultbox.Core.Faults;
using Faultbox.Core.Proxying;
using Faultbox.Runtime;
using Faultbox.Spec.Properties;
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

    private static readonly ParameterDeclaration MessageRules =
        new("rules", "proxy_fault", "Rules on messages, in order, when the target is an interface; lists are taken apart.") { Form = ParameterForm.Rest };

    private static readonly ParameterDeclaration Source =
        ParameterDeclaration.Keyword("source", "service", "None", "Only traffic of this service, when the target is an interface.");

    /// <summary><c>fault()</c>.</summary>
    public static BuiltinDeclaration Fault { get; } = new(
        "fault",
        "Puts rules in force on a service or an interface while a callable runs, and returns its result. Windows nest: on a service the newest is asked first, on an interface the oldest.",
        RunFault,
        ParameterDeclaration.Required("target", "service, interface_ref or fault_assumption", "What the rules act on.") with { Form = ParameterForm.Positional },
        MessageRules,
        RunParameter,
        Source,
        Rules)
    {
        Phase = CallPhase.Run,
        ReportsMissing = true,
        Returns = "any",
        Unsupported = ["driver"],
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
        "Puts rules in force on a service or an interface until fault_stop() or the end of the test. On an interface it returns a handle for fault_stop().",
        (in BuiltinCall call) =>
        {
            if (call["service"].Is<InterfaceRefValue>(out var reference))
            {
                var (rules, source) = RulesOn(call, reference);
                return Value.Of(new FaultHandleValue(
                    call.Scope.RunningSession.OpenRules(reference.Address, rules, call.Position, started: true, source: source),
                    reference.Address.ToString()));
            }

            var service = Target(call);
            RequireNoMessageRules(call, service);
            call.Scope.RunningSession.OpenFaults(service.Name, FaultRules.Of(call, service.Definition), call.Position, started: true);
            return Value.None;
        },
        ParameterDeclaration.Required("service", "service or interface_ref", "What the rules act on.") with { Form = ParameterForm.Positional },
        MessageRules,
        Source,
        Rules)
    {
        Phase = CallPhase.Run,
        ReportsMissing = true,
        Returns = "fault_handle on an interface, else None",
    };

    /// <summary><c>fault_stop()</c>.</summary>
    public static BuiltinDeclaration FaultStop { get; } = new(
        "fault_stop",
        "Closes the window of a handle, or every window that fault_start() opened on a service or an interface.",
        RunFaultStop,
        ParameterDeclaration.Required("service", "service, interface_ref or fault_handle", "What to close.") with { Form = ParameterForm.Positional })
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
    /// <param name="session">The running test.</param>
    /// <param name="faults">Rules on system calls by service.</param>
    /// <param name="at">Where the windows are written.</param>
    /// <param name="others">Opens further windows after these.</param>
    public static FaultWindow[] OpenAll(
        TestSession session,
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<FaultRule>>> faults,
        Core.SourcePosition at,
        params IReadOnlyList<Func<FaultWindow>> others)
    {
        session.Require(faults);
        var windows = new List<FaultWindow>();
        try
        {
            foreach (var (service, rules) in faults)
            {
                windows.Add(session.OpenFaults(service, rules, at));
            }

            windows.AddRange(others.Select(open => open()));
        }
        catch
        {
            CloseAll(session, windows);
            throw;
        }

        return [.. windows];
    }

    /// <summary>Puts assumptions in force together: first all their rules on system calls, then all their rules on messages.</summary>
    public static FaultWindow[] OpenAll(TestSession session, IReadOnlyList<FaultAssumptionValue> assumptions, Core.SourcePosition at) => OpenAll(
        session,
        [.. assumptions.SelectMany(a => a.Windows())],
        at,
        [
            .. assumptions.SelectMany(a => a.MessageWindows().Select(w =>
                (Func<FaultWindow>)(() => session.OpenRules(w.Key, w.Value, at, assumption: a.Name)))),
        ]);

    /// <summary>Closes windows, the newest first.</summary>
    public static void CloseAll(TestSession session, IReadOnlyList<FaultWindow> windows)
    {
        for (var i = windows.Count - 1; i >= 0; i--)
        {
            session.Close(windows[i]);
        }
    }

    /// <summary>Closes the windows that a start builtin opened.</summary>
    public static Value Stop(in BuiltinCall call, bool trace)
    {
        var service = Target(call);
        var session = call.Scope.RunningSession;
        CloseAll(session, session.OpenStarted(service.Name, trace));
        return Value.None;
    }

    private static Value RunFaultStop(in BuiltinCall call)
    {
        var session = call.Scope.RunningSession;
        if (call["service"].Is<FaultHandleValue>(out var handle))
        {
            session.Close(handle.Window);
            return Value.None;
        }

        if (call["service"].Is<InterfaceRefValue>(out var reference))
        {
            CloseAll(session, session.OpenStarted(reference.Address));
            return Value.None;
        }

        return Stop(call, trace: false);
    }

    /// <summary>The rules on messages of a call on an interface.</summary>
    private static (IReadOnlyList<ProxyRule> Rules, string? Source) RulesOn(in BuiltinCall call, InterfaceRefValue target)
    {
        if (call.Keywords.Count > 0)
        {
            throw call.Error($"unknown keyword argument \"{call.Keywords[0].Key}\"; rules on {target.Address} are given by position, "
                + $"as in {call.Name}({target.Address}, drop(), ...); faults on system calls act on the service \"{target.Service.Name}\"");
        }

        InterfaceRuleReader.SupportOf(call, target);
        var source = InterfaceRuleReader.Source(call, target);
        return (InterfaceRuleReader.Read(call, target, call.Rest.ToArray(), "rules", source), source);
    }

    private static void RequireNoMessageRules(in BuiltinCall call, ServiceValue service)
    {
        if (call.Rest.Length > 0)
        {
            var reference = service.Definition.Interfaces.FirstOrDefault()?.Name ?? "<interface>";
            throw call.Error(call.Rest[0].Is<ProxyFaultValue>(out _)
                ? $"rules on messages act on an interface; write {call.Name}({service.Name}.{reference}, ...)"
                : $"faults on system calls are given by keyword, as in {call.Name}({service.Name}, write = ...), got a positional {call.Rest[0].TypeName}");
        }

        if (call.Has("source"))
        {
            throw call.Error("source= limits rules on an interface; system calls have no other source than the service");
        }
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

            return RunUnder(call, assumption);
        }

        if (target.Is<InterfaceRefValue>(out var reference))
        {
            var (messageRules, source) = RulesOn(call, reference);
            var opened = call.Position;
            return RunInside(call, session => [session.OpenRules(reference.Address, messageRules, opened, source: source)]);
        }

        if (!target.Is<ServiceValue>(out var service))
        {
            throw call.Error($"first arg must be a service, interface_ref, or fault_assumption, got {target.TypeName}");
        }

        RequireNoMessageRules(call, service);
        var rules = FaultRules.Of(call, service.Definition);
        var at = call.Position;
        return RunInside(call, session => [session.OpenFaults(service.Name, rules, at)]);
    }

    private static Value RunUnder(in BuiltinCall call, FaultAssumptionValue assumption)
    {
        var position = call.Position;
        var watches = MonitorWatches.Start(call.Scope.RunningSession, assumption.Monitors);
        try
        {
            return RunInside(call, session => OpenAll(session, [assumption], position));
        }
        finally
        {
            call.Scope.Block(() =>
            {
                watches.Dispose();
                return true;
            });
        }
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

            if (windows.FindIndex(w => w.Key == service.Name) is >= 0 and var earlier)
            {
                throw call.Error($"services[{i}] is \"{service.Name}\" again, as services[{earlier}]; the rules of a call are put in force once on a service: name it once");
            }

            windows.Add(new(service.Name, FaultRules.Of(call, service.Definition)));
        }

        var position = call.Position;
        return RunInside(call, session => OpenAll(session, windows, position));
    }

    private static string OnInterface(Value target) => target.Is<InterfaceRefValue>(out var reference)
        ? $"; system calls belong to the service \"{reference.Service.Name}\""
        : "";
}
