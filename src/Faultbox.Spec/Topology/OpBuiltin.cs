using Faultbox.Core.Faults;
using Faultbox.Spec.Faults;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Topology;

/// <summary><c>op()</c>.</summary>
internal static class OpBuiltin
{
    /// <summary>The declaration.</summary>
    public static BuiltinDeclaration Op { get; } = new(
        "op",
        "Names a group of system calls, optionally limited to paths, for service(ops = {…}).",
        Run,
        ParameterDeclaration.Required("syscalls", "list of strings", "System calls or families such as \"write\".") with { Form = ParameterForm.Keyword },
        ParameterDeclaration.Keyword("path", "string", "None", "Path glob; calls on other paths are left alone."))
    {
        Returns = "op",
        ReportsMissing = true,
        PositionalHint = "name the calls with syscalls=, as in op(syscalls = [\"write\"])",
    };

    private static Value Run(in BuiltinCall call)
    {
        if (!call.Has("syscalls"))
        {
            throw new SpecException("op() requires syscalls= argument, for example op(syscalls = [\"write\", \"fsync\"])");
        }

        if (!call["syscalls"].Is<StarlarkList>(out _) || !call["syscalls"].TryGetItems(out var items))
        {
            throw new SpecException($"op() syscalls must be a list, got {call["syscalls"].TypeName}");
        }

        if (items.Count == 0)
        {
            throw new SpecException("op() syscalls must not be empty");
        }

        var names = new List<string>();
        foreach (var item in items)
        {
            if (!item.TryGetString(out var name))
            {
                throw new SpecException($"op() syscalls items must be strings, got {item.TypeName}");
            }

            SyscallKeywords.RequireKnown("op()", name);
            names.Add(name);
        }

        if (call.OptionalText("path") is { } path)
        {
            FaultKeywords.RequirePattern(call, "path", path);
        }

        return Value.Of(new OpValue(new SyscallOperation(names, call.OptionalText("path"))));
    }
}
