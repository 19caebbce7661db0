using Faultbox.Runtime.Properties;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Properties;

/// <summary><c>monitor()</c>.</summary>
internal static class MonitorBuiltin
{
    /// <summary>Parameters whose callables only observe.</summary>
    public static readonly string[] ObservingParameters = ["update", "check"];

    /// <summary>The declaration.</summary>
    public static BuiltinDeclaration Monitor { get; } = new(
        "monitor",
        "A state machine over the events of a test: for every event that on selects, state = update(event, state), then check(event, state) "
        + "must be truthy. The first violation ends the test as failed. At module level it watches every test, in a body the rest of that test.",
        Run,
        ParameterDeclaration.Required("name", "string", "Name in messages."),
        ParameterDeclaration.Required("on", "matcher or callable", "Events that are its business; a callable gets the event."),
        ParameterDeclaration.Optional("state_init", "any", "None", "State at the start of each test; a copy that update may change."),
        ParameterDeclaration.Optional("update", "callable", "state unchanged", "Called with event and state, returns the new state. May not act on the system."),
        ParameterDeclaration.Optional("check", "callable", "always true", "Called with event and new state; falsy or raising is a violation. May not act on the system."))
    {
        Sandbox = SandboxRule.Forbidden,
        IsLabelled = true,
        Returns = "monitor",
    };

    private static Value Run(in BuiltinCall call)
    {
        var name = call.Text("name");
        if (name.Length == 0)
        {
            throw call.Error("name must not be empty");
        }

        if (!UnfrozenCopy.TryMake(call["state_init"], out _))
        {
            throw call.Error($"state_init has more than {UnfrozenCopy.MaximumDepth} levels of nesting");
        }

        var code = new MonitorCode(
            name, EventCondition.Of(call, "on"), call["state_init"], call.Callable("update"), call.Callable("check"), call.Scope.Registry)
        {
            Lock = call.Scope.Lock,
        };
        var monitor = new MonitorDefinition(name, call.Position, session => new MonitorMachine(code, session).Step);
        if (call.Scope.Session is { } session)
        {
            session.Watch(monitor);
        }
        else
        {
            code.KeepReachable();
            call.Scope.Registry.Add(monitor);
        }

        return Value.Of(new MonitorValue(monitor));
    }
}
