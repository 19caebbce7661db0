using Faultbox.Core.Verdicts;
using Faultbox.Spec.Execution;
using Faultbox.Spec.Loading;
using Faultbox.Spec.Properties;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Testing;

/// <summary><c>fault_scenario()</c>.</summary>
internal static class ScenarioBuiltin
{
    private static readonly TimeSpan HangDeadline = TimeSpan.FromSeconds(30);

    /// <summary>The declaration.</summary>
    public static BuiltinDeclaration FaultScenario { get; } = new(
        "fault_scenario",
        "Declares the test test_<name>: runs a scenario while faults are in force and judges what it returns. The judgement is made while the "
        + "faults are still in force; only raising fails the test.",
        Run,
        ParameterDeclaration.Required("name", "string", "Name without test_."),
        ParameterDeclaration.Required("scenario", "callable", "Called without arguments; drives the system and returns what was observed."),
        ParameterDeclaration.Optional("faults", "fault_assumption or list of them", "[]", "In force together; none for a positive control."),
        ParameterDeclaration.Optional("expect", "callable", "None", "Called with what the scenario returned, while the faults are in force."),
        ParameterDeclaration.Optional("monitors", "list of monitors", "[]", "Watch this scenario, instead of all tests."),
        ParameterDeclaration.Optional("timeout", "duration", "\"30s\"", "Ends the scenario, when it is given or expect_hang() judges it; without a deadline the budget of the test ends it."),
        ParameterDeclaration.Optional("after", "callable", "None", "Called with what the scenario returned, after the faults were removed."))
    {
        Phase = CallPhase.Load,
        Sandbox = SandboxRule.Forbidden,
        IsLabelled = true,
    };

    /// <summary>The deadline of a scenario: the one given, or the usual one when its end is what is looked for.</summary>
    public static TimeSpan? Deadline(in BuiltinCall call, StarlarkCallable? expect) =>
        call.Has("timeout") || expect is ExpectationValue { ExpectsHang: true } ? call.PositiveDuration("timeout", HangDeadline) : null;

    private static Value Run(in BuiltinCall call)
    {
        var name = call.Text("name");
        if (name.Length == 0)
        {
            throw call.Error("name must not be empty");
        }

        var scenario = call.Callable("scenario") ?? throw call.Error("scenario must be a callable, got NoneType");
        var faults = Faults(call);
        var expect = call.Callable("expect");
        call.Scope.Registry.AddNumbered(new DeclaredTest("test_" + name, TestSource.FaultScenario, call.Position, scenario)
        {
            Plan = new ScenarioPlan(new ScenarioDefinition([.. faults.Select(f => f.Name)], expect?.Name), faults)
            {
                Expect = expect,
                After = call.Callable("after"),
                Monitors = MonitorWatches.Read(call),
                Deadline = Deadline(call, expect),
            },
        });
        return Value.None;
    }

    private static IReadOnlyList<FaultAssumptionValue> Faults(in BuiltinCall call)
    {
        var given = call["faults"];
        if (given.Is<FaultAssumptionValue>(out var single))
        {
            return [single];
        }

        return given.IsNone || given.TryGetItems(out _)
            ? Assumptions(call, "faults")
            : throw call.WrongType("faults", "a fault_assumption or a list of them", given);
    }

    /// <summary>The assumptions that a parameter lists.</summary>
    public static IReadOnlyList<FaultAssumptionValue> Assumptions(in BuiltinCall call, string parameter)
    {
        var items = call.Items(parameter);
        var assumptions = new FaultAssumptionValue[items.Count];
        for (var i = 0; i < items.Count; i++)
        {
            assumptions[i] = items[i].Is<FaultAssumptionValue>(out var assumption)
                ? assumption
                : throw call.Error($"{parameter}[{i}] must be a fault_assumption, got {items[i].TypeName}");
        }

        return assumptions;
    }
}
