using System.Globalization;
using Faultbox.Core.Faults;
using Faultbox.Core.Matching;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>The keywords that every fault action shares: which matches are due, and what the rule is restricted to.</summary>
internal static class FaultKeywords
{
    /// <summary>Bytes of a thread's name that Linux keeps (<c>TASK_COMM_LEN</c> without the terminator).</summary>
    private const int KeptNameLength = 15;

    /// <summary>The keywords, for declarations.</summary>
    public static ParameterDeclaration[] Parameters { get; } =
    [
        ParameterDeclaration.Keyword("nth", "int", "None", "Fire at the N-th match only."),
        ParameterDeclaration.Keyword("after", "int", "None", "Fire at every match from the N+1st on."),
        ParameterDeclaration.Keyword("every", "int", "None", "Fire at matches N, 2N, 3N …."),
        ParameterDeclaration.Keyword("first", "int", "None", "Fire at the first N matches."),
        ParameterDeclaration.Keyword("path", "string or list", "None", "Path globs; only calls on these paths. A call that names two, such as rename, is covered by either."),
        ParameterDeclaration.Keyword("to", "service, interface_ref, string or list", "None", "Destinations of connect and sendto: a service, an interface or its proxy_addr, \"host:port\", \"cidr[:port]\" or a unix path."),
        ParameterDeclaration.Keyword("on", "string or list", "None", "Kinds of descriptor: \"file\", \"socket\", \"pipe\", \"stdio\"."),
        ParameterDeclaration.Keyword("process", "string", "None", "Glob on the process name, of which the kernel keeps 15 bytes."),
        ParameterDeclaration.Keyword("thread", "string", "None", "Glob on the name that the thread has when it calls, of which the kernel keeps 15 bytes; the syscall cheat sheet lists the names that runtimes give."),
        ParameterDeclaration.Keyword("exe", "string", "None", "Glob on the path of the executable; without a / on its file name."),
        ParameterDeclaration.Keyword("role", "string", "None", "\"main\" for the first process of the service, \"child\" for its descendants."),
        ParameterDeclaration.Keyword("bytes_gt", "int", "None", "Only calls that ask for more bytes."),
        ParameterDeclaration.Keyword("bytes_lt", "int", "None", "Only calls that ask for fewer bytes."),
        ParameterDeclaration.Keyword("during", "duration", "None", "The rule expires this long after its window opened."),
    ];

    /// <summary>Reads the shared keywords of a call.</summary>
    public static FaultDefinition Read(in BuiltinCall call, FaultKind kind) => new()
    {
        Kind = kind,
        Label = call.OptionalText("label"),
        Trigger = ReadTrigger(call),
        Scope = ReadScope(call),
        During = call.Has("during") ? call.PositiveDuration("during", default) : null,
    };

    /// <summary>The occurrence selector of a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="leastAfter">The least number of matches to pass over: after 0 every match is due, as without a selector.</param>
    public static Trigger ReadTrigger(in BuiltinCall call, int leastAfter = 0)
    {
        string? chosen = null;
        foreach (var name in (ReadOnlySpan<string>)["nth", "after", "every", "first"])
        {
            if (!call.Has(name))
            {
                continue;
            }

            chosen = chosen is null ? name : throw call.Error($"{chosen}= and {name}= exclude each other");
        }

        return chosen switch
        {
            null => Trigger.Always,
            "nth" => new Trigger(TriggerKind.Nth, Count(call, chosen)),
            "after" => new Trigger(TriggerKind.After, Count(call, chosen, leastAfter)),
            "every" => new Trigger(TriggerKind.Every, Count(call, chosen)),
            _ => new Trigger(TriggerKind.First, Count(call, chosen)),
        };
    }

    private static long Count(in BuiltinCall call, string parameter, int least = 1)
    {
        var count = Integer(call, parameter);
        return count >= least
            ? count
            : throw call.Error(string.Create(CultureInfo.InvariantCulture, $"{parameter} must be > {least - 1}, got {count}"));
    }

    private static long? Bytes(in BuiltinCall call, string parameter)
    {
        if (!call.Has(parameter))
        {
            return null;
        }

        var bytes = Integer(call, parameter);
        return bytes >= 0
            ? bytes
            : throw call.Error(string.Create(CultureInfo.InvariantCulture, $"{parameter} must not be negative, got {bytes}"));
    }

    private static long Integer(in BuiltinCall call, string parameter) =>
        call[parameter].TypeName == "int" && call[parameter].TryGetInt64(out var number)
            ? number
            : throw call.WrongType(parameter, "int", call[parameter]);

    private static FaultScope? ReadScope(in BuiltinCall call)
    {
        var scope = new FaultScope
        {
            Paths = ReadPaths(call),
            On = ReadDescriptors(call),
            Destinations = ReadDestinations(call),
            Process = ReadName(call, "process"),
            Thread = ReadName(call, "thread"),
            Executable = ReadPattern(call, "exe"),
            Role = ReadRole(call),
            BytesAbove = Bytes(call, "bytes_gt"),
            BytesBelow = Bytes(call, "bytes_lt"),
        };
        RequireSomeSize(call, scope);
        var isEmpty = scope is { Paths.Count: 0, Destinations.Count: 0, On: DescriptorKinds.Any, Process: null, Thread: null, Executable: null }
            and { Role: null, BytesAbove: null, BytesBelow: null };
        return isEmpty ? null : scope;
    }

    private static void RequireSomeSize(in BuiltinCall call, FaultScope scope)
    {
        if (scope.BytesBelow is { } below && below - (scope.BytesAbove ?? -1) < 2)
        {
            var above = scope.BytesAbove is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"bytes_gt={bytes} and ") : "";
            throw call.Error(string.Create(CultureInfo.InvariantCulture, $"{above}bytes_lt={below}: no size is left, the fault could never act"));
        }
    }

    private static string? ReadRole(in BuiltinCall call) =>
        call.OptionalText("role") is not { } role || role is "main" or "child"
            ? call.OptionalText("role")
            : throw call.Error($"role must be \"main\" or \"child\", got \"{role}\"");

    private static List<string> ReadPaths(in BuiltinCall call)
    {
        var paths = Texts(call, "path");
        foreach (var path in paths)
        {
            RequirePattern(call, "path", path);
        }

        return paths;
    }

    /// <summary>Reads a glob on a name that the kernel keeps, and refuses one that needs more than it keeps.</summary>
    private static string? ReadName(in BuiltinCall call, string parameter)
    {
        var pattern = ReadPattern(call, parameter);
        return pattern is null || PathGlob.ShortestMatchOf(pattern) <= KeptNameLength
            ? pattern
            : throw call.Error(
                $"{parameter}={Value.Of(pattern).Repr()}: the kernel keeps {KeptNameLength} bytes of a name, so this never matches; write the beginning and a *, and see /proc/PID/task/*/comm for the names");
    }

    private static string? ReadPattern(in BuiltinCall call, string parameter)
    {
        var pattern = call.OptionalText(parameter);
        if (pattern is not null)
        {
            RequirePattern(call, parameter, pattern);
        }

        return pattern;
    }

    /// <summary>Refuses a glob that could never match, or that restricts nothing.</summary>
    /// <param name="call">The call that gives it.</param>
    /// <param name="parameter">Its parameter.</param>
    /// <param name="pattern">The glob.</param>
    /// <exception cref="SpecException">The glob is empty or unterminated, or a range of it is backward.</exception>
    public static void RequirePattern(in BuiltinCall call, string parameter, string pattern)
    {
        if (PathGlob.ProblemOf(pattern, parameter) is { } problem)
        {
            throw call.Error($"{parameter}={Value.Of(pattern).Repr()}: {problem}");
        }
    }

    private static DescriptorKinds ReadDescriptors(in BuiltinCall call)
    {
        var kinds = DescriptorKinds.Any;
        foreach (var text in Texts(call, "on"))
        {
            kinds |= text switch
            {
                "file" => DescriptorKinds.File,
                "socket" => DescriptorKinds.Socket,
                "pipe" => DescriptorKinds.Pipe,
                "stdio" => DescriptorKinds.Stdio,
                _ => throw call.Error($"on must be \"file\", \"socket\", \"pipe\" or \"stdio\", got \"{text}\""),
            };
        }

        return kinds;
    }

    private static List<string> ReadDestinations(in BuiltinCall call)
    {
        var destinations = new List<string>();
        foreach (var item in OneOrMore(call, "to"))
        {
            if (item.Is<ServiceValue>(out var service))
            {
                destinations.Add(service.Name);
            }
            else if (item.Is<InterfaceRefValue>(out var reference))
            {
                destinations.Add(reference.Address.ToString());
            }
            else if (item.TryGetString(out var text))
            {
                // Every consumer has a port of its own on a proxy: the text is that of the test, or that of nobody yet.
                destinations.Add(call.Scope.Registry.FindByProxyAddress(text)?.ToString() ?? Address(call, text));
            }
            else
            {
                throw call.WrongType("to", "a service, an interface_ref, a string or a list of them", item);
            }
        }

        return destinations;
    }

    private static string Address(in BuiltinCall call, string text)
    {
        var address = call.Scope.Registry.ResolvePlaceholders(text);
        return DestinationPattern.ProblemOf(address) is { } problem
            ? throw call.Error($"to=\"{text}\" {problem}; pass the service or interface itself, \"host:port\", \"cidr[:port]\" or a unix path")
            : address;
    }

    private static List<string> Texts(in BuiltinCall call, string parameter)
    {
        var texts = new List<string>();
        foreach (var item in OneOrMore(call, parameter))
        {
            texts.Add(item.TryGetString(out var text) ? text : throw call.WrongType(parameter, "string or list of strings", item));
        }

        return texts;
    }

    /// <summary>The items of a restriction; an empty list, which a computed one may be, would restrict nothing.</summary>
    private static IReadOnlyList<Value> OneOrMore(in BuiltinCall call, string parameter)
    {
        var value = call[parameter];
        if (value.IsNone || !value.TryGetItems(out var items))
        {
            return value.IsNone ? [] : [value];
        }

        return items.Count > 0 ? items : throw call.Error($"{parameter}=[]: an empty list restricts nothing; leave {parameter}= out, or name at least one");
    }
}
