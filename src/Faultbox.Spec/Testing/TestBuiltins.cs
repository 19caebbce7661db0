using Faultbox.Spec.Loading;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Testing;

/// <summary>The declarations of tests: <c>test()</c> and <c>scenario()</c>.</summary>
internal static class TestBuiltins
{
    /// <summary>Budget of setup and body when <c>test()</c> declares none.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    /// <summary><c>test()</c>.</summary>
    public static BuiltinDeclaration Test { get; } = new(
        "test",
        "Declares the test test_<name>.",
        RunTest,
        ParameterDeclaration.Required("name", "string", "Name without test_."),
        ParameterDeclaration.Required("body", "callable", "Called without arguments; raising fails the test."),
        ParameterDeclaration.Optional("setup", "callable", "None", "Called before the body."),
        ParameterDeclaration.Optional("timeout", "duration", "\"30s\"", "Budget of setup and body, counted from the moment the services are ready."),
        ParameterDeclaration.Optional("clock", "string", "\"wall\"", "Only \"wall\"."))
    {
        Phase = CallPhase.Load,
        IsLabelled = true,
        Unsupported = ["expect", "terminate_when", "assume", "settle", "serial", "tags"],
    };

    /// <summary><c>scenario()</c>.</summary>
    public static BuiltinDeclaration Scenario { get; } = new(
        "scenario",
        "Declares the test test_<function name>.",
        RunScenario,
        new ParameterDeclaration("fn", "callable", "Called without arguments; what it returns is the result of the test.") { Form = ParameterForm.Rest },
        ParameterDeclaration.Keyword("name", "string", "the function's name", "Name without test_."))
    {
        Phase = CallPhase.Load,
    };

    /// <summary>Refuses every clock but the one of the wall.</summary>
    public static void CheckClock(in BuiltinCall call)
    {
        switch (call.OptionalText("clock"))
        {
            case null or "wall":
                return;
            case "virtual":
                throw call.Error("clock=\"virtual\" needs the gVisor runtime, which is not supported by this version of Faultbox; write clock=\"wall\"");
            case var clock:
                throw call.Error($"clock must be \"wall\", got \"{clock}\"");
        }
    }

    private static Value RunTest(in BuiltinCall call)
    {
        var name = call.Text("name");
        if (name.Length == 0)
        {
            throw call.Error("name must not be empty");
        }

        CheckClock(call);
        var full = "test_" + name;
        if (call.Scope.Registry.Tests.FirstOrDefault(t => t.Name == full && t.Source == TestSource.Test) is { } earlier)
        {
            throw call.Error($"a test of this name is declared at {earlier.Position}");
        }

        call.Scope.Registry.Add(new DeclaredTest(full, TestSource.Test, call.Position, call.Callable("body") ?? throw call.Error("body must be a callable, got NoneType"))
        {
            Setup = call.Callable("setup"),
            Timeout = call.PositiveDuration("timeout", DefaultTimeout),
        });
        return Value.None;
    }

    private static Value RunScenario(in BuiltinCall call)
    {
        if (call.Rest.Length != 1)
        {
            throw new SpecException("scenario() requires exactly one callable");
        }

        if (!call.Rest[0].Is<StarlarkCallable>(out var callable))
        {
            throw new SpecException($"scenario() argument must be a callable, got {call.Rest[0].TypeName}");
        }

        var name = call.OptionalText("name") ?? callable.Name;
        if (name.Length == 0)
        {
            throw call.Error("name must not be empty");
        }

        call.Scope.Registry.Add(new DeclaredTest("test_" + name, TestSource.Scenario, call.Position, callable));
        return Value.None;
    }
}
