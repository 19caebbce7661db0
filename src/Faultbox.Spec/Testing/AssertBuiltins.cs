using Faultbox.Core.Verdicts;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Testing;

/// <summary>The assertions on values: <c>assert_true()</c> and <c>assert_eq()</c>.</summary>
internal static class AssertBuiltins
{
    private static readonly ParameterDeclaration Message =
        ParameterDeclaration.Optional("msg", "string", "\"\"", "Text of the failure.");

    private static readonly ParameterDeclaration LongMessage =
        ParameterDeclaration.Keyword("message", "string", "\"\"", "The same as msg.");

    /// <summary><c>assert_true()</c>.</summary>
    public static BuiltinDeclaration AssertTrue { get; } = new(
        "assert_true",
        "Fails unless the condition is truthy.",
        RunTrue,
        ParameterDeclaration.Required("condition", "any", "What must hold."),
        Message with { Default = "\"assertion failed\"" },
        LongMessage)
    {
        Sandbox = SandboxRule.ReadsTest,
    };

    /// <summary><c>assert_eq()</c>.</summary>
    public static BuiltinDeclaration AssertEq { get; } = new(
        "assert_eq",
        "Fails unless both values are equal.",
        RunEqual,
        ParameterDeclaration.Required("actual", "any", "What was observed."),
        ParameterDeclaration.Required("expected", "any", "What it must be."),
        Message,
        LongMessage)
    {
        Sandbox = SandboxRule.ReadsTest,
    };

    private static Value RunTrue(in BuiltinCall call)
    {
        call.Scope.Session?.CountAssertion();
        var condition = call["condition"];
        var message = MessageOf(call);
        if (condition.Truth)
        {
            return Value.None;
        }

        Record(call, message, "True", condition.Repr());
        throw new SpecException(message ?? "assertion failed");
    }

    private static Value RunEqual(in BuiltinCall call)
    {
        call.Scope.Session?.CountAssertion();
        var (actual, expected) = (call["actual"], call["expected"]);
        var message = MessageOf(call);
        if (Value.Equals(actual, expected))
        {
            return Value.None;
        }

        Record(call, message, expected.Repr(), actual.Repr());
        throw new SpecException($"assert_eq failed: {actual.Repr()} != {expected.Repr()}" + (message is null ? "" : $" ({message})"));
    }

    private static string? MessageOf(in BuiltinCall call)
    {
        if (call.Has("msg") && call.Has("message"))
        {
            throw call.Error("msg and message are the same argument; give one of them");
        }

        var text = call.OptionalText("msg") ?? call.OptionalText("message");
        return string.IsNullOrEmpty(text) ? null : text;
    }

    private static void Record(in BuiltinCall call, string? message, string expected, string actual)
    {
        if (call.Scope.Session is not { } session)
        {
            return;
        }

        session.RecordFailedAssertion(new AssertionRecord
        {
            Function = call.Name,
            Expected = expected,
            Actual = actual,
            Message = message,
            Expression = call.Scope.Registry.Asserted?.At(call.Position),
            Position = call.Position,
            Context = session.RecentCallEvents(8),
        });
    }
}
