using System.Globalization;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Faults;
using Faultbox.Core.Leaves;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Linux.Syscalls;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>The fault values: <c>deny()</c>, <c>delay()</c>, <c>allow()</c>, <c>kill()</c>.</summary>
internal static class FaultBuiltins
{
    private static readonly ParameterDeclaration[] Chance =
    [
        ParameterDeclaration.Optional("probability", "float, int or string", "1.0", "Chance of firing: 0.3, 30 or \"30%\"; drawn from the seed of the test."),
        ParameterDeclaration.Optional("label", "string", "None", "Name shown in traces and reports."),
        ParameterDeclaration.Optional("max_fires", "int", "None", "Occurrences that a plan enumerates; needs a probability below 1."),
        ParameterDeclaration.Optional("mode", "string", "\"exhaustive\" with max_fires, else \"stochastic\"", "How the probability is resolved."),
    ];

    /// <summary><c>deny()</c>.</summary>
    public static BuiltinDeclaration Deny { get; } = new(
        "deny",
        "The call does not run and returns an error.",
        RunDeny,
        [
            ParameterDeclaration.Required("errno", "string or list of strings", "Name of the error, such as \"EIO\"; a list is used in sequence, one per match."),
            .. Chance,
            ParameterDeclaration.Keyword("repeat", "bool", "False", "Start a list of errors again at its end."),
            .. FaultKeywords.Parameters,
        ])
    {
        Returns = "fault",
    };

    /// <summary><c>delay()</c>.</summary>
    public static BuiltinDeclaration Delay { get; } = new(
        "delay",
        "delay(duration): the call waits and then runs. delay(delay=duration): a rule on messages, which wait and are then forwarded.",
        RunDelay,
        [
            new ParameterDeclaration("duration", "duration", "How long the call waits.") { Form = ParameterForm.Positional, Default = "None" },
            ParameterDeclaration.Keyword("delay", "duration", "None", "How long a message waits; makes a rule on messages."),
            .. Chance,
            ParameterDeclaration.Keyword("then", "fault", "None", "A deny() to apply after the wait instead of running the call."),
            .. FaultKeywords.Parameters,
            .. MessageKeywords.Matchers,
        ])
    {
        Returns = "fault or proxy_fault",
    };

    /// <summary><c>allow()</c>.</summary>
    public static BuiltinDeclaration Allow { get; } = new(
        "allow",
        "Observes: the calls are intercepted and recorded, nothing changes. With a restriction it exempts what it covers from the rules after it.",
        (in BuiltinCall call) => Value.Of(new FaultValue(FaultKeywords.Read(call, FaultKind.Allow))),
        [ParameterDeclaration.Keyword("label", "string", "None", "Name shown in traces and reports."), .. FaultKeywords.Parameters])
    {
        Returns = "fault",
    };

    /// <summary><c>kill()</c>.</summary>
    public static BuiltinDeclaration Kill { get; } = new(
        "kill",
        "The service, with everything it started, dies at the call.",
        RunKill,
        [
            .. Chance.Select(c => c with { Form = ParameterForm.Keyword }),
            ParameterDeclaration.Keyword("signal", "string", "\"SIGKILL\"", "Signal that it dies of; what survives it by 2 seconds is killed."),
            ParameterDeclaration.Keyword("when", "string", "\"before\"", "\"before\": the call does not run; \"after\": it has run, and the program does not learn its result."),
            .. FaultKeywords.Parameters,
        ])
    {
        Returns = "fault",
        PositionalHint = "it is what happens at a call, as in fault(db, fsync = kill(nth = 3), run = body); crash(db) ends a service at once",
    };

    private static Value RunKill(in BuiltinCall call)
    {
        var when = call.OptionalText("when") ?? "before";
        if (when is not ("before" or "after"))
        {
            throw call.Error($"when= must be \"before\" or \"after\", got \"{when}\"");
        }

        return Value.Of(new FaultValue(WithChance(call, FaultKeywords.Read(call, FaultKind.Kill)) with
        {
            Signal = ProcessBuiltins.ReadSignal(call),
            KillsAfterwards = when == "after",
        }));
    }

    private static Value RunDeny(in BuiltinCall call)
    {
        var names = call["errno"].TryGetItems(out var items) ? items : [call["errno"]];
        var errnos = new List<Errno>();
        foreach (var item in names)
        {
            if (!item.TryGetString(out var name))
            {
                throw call.WrongType("errno", "string or list of strings", item);
            }

            errnos.Add(Errno.TryParse(name, out var errno) ? errno : throw UnknownErrno(name));
        }

        if (errnos.Count == 0)
        {
            throw call.Error("errno must name at least one error");
        }

        if (call.Has("repeat") && errnos.Count == 1)
        {
            throw call.Error("repeat= needs a list of at least two errors; a single error is returned at every match anyway");
        }

        return Value.Of(new FaultValue(WithChance(call, FaultKeywords.Read(call, FaultKind.Deny)) with
        {
            Errnos = errnos,
            RepeatErrnos = call.Flag("repeat", false),
        }));
    }

    private static Value RunDelay(in BuiltinCall call)
    {
        if (!call.Has("duration"))
        {
            return Value.Of(new ProxyFaultValue(ReadMessageDelay(call)));
        }

        foreach (var keyword in MessageKeywords.OnMessagesOnly.Prepend("delay"))
        {
            if (call.Has(keyword))
            {
                throw call.Error($"{keyword}= belongs to a rule on messages; delay(\"{call.Text("duration")}\") delays system calls. "
                    + $"Write delay({(keyword == "delay" ? "" : $"{keyword}=..., ")}delay=\"{call.Text("duration")}\")");
            }
        }

        var duration = call.Duration("duration", default);
        return Value.Of(new FaultValue(WithChance(call, FaultKeywords.Read(call, FaultKind.Delay)) with
        {
            Delay = duration,
            DelayText = call.Text("duration").Trim(),
            Then = ReadThen(call),
        }));
    }

    private static FaultDefinition? ReadThen(in BuiltinCall call)
    {
        if (!call.Has("then"))
        {
            return null;
        }

        if (!call["then"].Is<FaultValue>(out var next))
        {
            throw call.Error($"then must be deny(...), got {call["then"].TypeName}");
        }

        if (next.Fault.Kind != FaultKind.Deny)
        {
            throw call.Error($"then must be deny(...), got {RuleText.Action(next.Fault)}(...)");
        }

        return next.Fault is { Probability: >= 1, Label: null, Scope: null, During: null } && next.Fault.Trigger == Trigger.Always
            ? next.Fault
            : throw call.Error("then takes an error only; write probability, label, triggers and scopes as keywords of delay()");
    }

    private static ProxyFault ReadMessageDelay(in BuiltinCall call)
    {
        string[] valid = ["delay", .. MessageKeywords.AllMatchers.Concat(MessageKeywords.Occurrences).Append(MessageKeywords.Mode).Select(m => m.Name)];
        if (!call.Has("delay"))
        {
            throw new SpecException("delay() requires a duration: delay(\"500ms\") for system calls, "
                + $"delay(path=\"/orders\", delay=\"500ms\") for messages; valid with delay=: {string.Join(", ", valid)}");
        }

        foreach (var parameter in FaultKeywords.Parameters.Select(p => p.Name).Append("then").Except(valid))
        {
            if (call.Has(parameter))
            {
                throw call.Error($"{parameter}= belongs to a rule on system calls; valid with delay=: {string.Join(", ", valid)}");
            }
        }

        return MessageKeywords.Read(call, ProxyAction.Delay) with { Delay = call.PositiveDuration("delay", default) };
    }

    private static FaultDefinition WithChance(in BuiltinCall call, FaultDefinition fault)
    {
        var (probability, limit) = ReadChance(call);
        return fault with { Probability = probability, MaxFires = limit, Exhaustive = limit is not null };
    }

    /// <summary>The chance of a rule whose <c>mode=</c> says how it is resolved.</summary>
    internal static (double Probability, int? MaxFires) ReadChance(in BuiltinCall call)
    {
        var limit = ReadMaxFires(call);
        var mode = call.OptionalText("mode");
        if (mode is not (null or "exhaustive" or "stochastic"))
        {
            throw call.Error($"mode= must be \"exhaustive\" or \"stochastic\", got \"{mode}\"");
        }

        if (limit is not null && mode == "stochastic")
        {
            throw call.Error("max_fires= is incompatible with mode=\"stochastic\"");
        }

        if (limit is null && mode == "exhaustive")
        {
            throw call.Error("mode=\"exhaustive\" requires max_fires= > 0");
        }

        return ReadChanceWithoutMode(call);
    }

    /// <summary>The chance of a rule whose <c>mode=</c> means something else.</summary>
    internal static (double Probability, int? MaxFires) ReadChanceWithoutMode(in BuiltinCall call)
    {
        var probability = ReadProbability(call);
        var limit = ReadMaxFires(call);
        if (limit is not null && probability >= 1)
        {
            throw call.Error("max_fires= is only meaningful with probability < 1");
        }

        if (probability == 0)
        {
            call.Scope.Report(new Diagnostic("PROBABILITY_ZERO", $"{call.Label} with probability 0 never fires") { Position = call.Position });
        }

        return (probability, limit);
    }

    private static double ReadProbability(in BuiltinCall call)
    {
        if (!call.Has("probability"))
        {
            return 1;
        }

        var value = call["probability"];
        if (value.TypeName is not ("int" or "float" or "string"))
        {
            throw call.WrongType("probability", "float, int or string", value);
        }

        var valid = value.TryGetString(out var text)
            ? Probabilities.TryParse(text, out var probability)
            : Probabilities.TryFromNumber(value.TryGetDouble(out var number) ? number : double.NaN, out probability);
        return valid ? probability : throw call.Error($"probability must lie between 0 and 1, or 0% and 100%, got {value.Repr()}");
    }

    private static int? ReadMaxFires(in BuiltinCall call)
    {
        if (!call.Has("max_fires"))
        {
            return null;
        }

        var value = call["max_fires"];
        if (value.TypeName != "int")
        {
            throw call.Error($"max_fires must be an integer, got {value.TypeName}");
        }

        if (!value.TryGetInt64(out var count) || count <= 0)
        {
            throw call.Error(string.Create(CultureInfo.InvariantCulture, $"max_fires must be > 0, got {value}"));
        }

        return count <= Axis.MostOccurrences
            ? (int)count
            : throw new SpecException($"{call.Label}: max_fires = {count} stands for 2^{count} leaves; the largest is {Axis.MostOccurrences}", "PLAN_LIMIT_EXCEEDED");
    }

    private static SpecException UnknownErrno(string name) => new(
        $"deny(): unknown errno \"{name}\"; supported: {string.Join(", ", Errno.All.Select(e => e.Name).Order(StringComparer.Ordinal))}");
}
