using System.Text;
using Faultbox.Core.Topology;
using Faultbox.Protocols;
using Faultbox.Runtime;
using Faultbox.Spec.Execution;
using Faultbox.Spec.Properties;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;
using NearestName = Faultbox.Core.Matching.NearestName;

namespace Faultbox.Spec.Topology;

/// <summary>Performs the steps of specifications: <c>api.web.get(path = "/")</c> and <c>step(api.web, "get", path = "/")</c>.</summary>
internal static class StepCalls
{
    private const int MaximumDepth = 500;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The function form.</summary>
    public static BuiltinDeclaration Step { get; } = new(
        "step",
        "Performs a step on an interface; the same as interface_ref.method(**kwargs).",
        RunFunction,
        ParameterDeclaration.Required("interface", "interface_ref", "Interface to talk to.") with { Form = ParameterForm.Positional },
        ParameterDeclaration.Required("method", "string", "Step method of its protocol, such as \"get\".") with { Form = ParameterForm.Positional },
        new ParameterDeclaration("kwargs", "any", "Arguments of the step.") { Form = ParameterForm.Keywords })
    {
        Phase = CallPhase.Run,
        Returns = "response",
    };

    /// <summary>Performs a step called as a method.</summary>
    public static Value Run(StarlarkThread thread, string label, StepMethodValue step, in Arguments args)
    {
        if (args.Positional.Length > 0)
        {
            throw new SpecException($"{label}: takes keywords only: {Accepted(step.Method)}");
        }

        var keywords = new List<KeyValuePair<string, Value>>(args.Names.Length);
        for (var i = 0; i < args.Names.Length; i++)
        {
            keywords.Add(new(args.Names[i], args.Named[i]));
        }

        var scope = SpecScope.Of(thread);
        SandboxGuard.Check(thread, scope, Step);
        return Run(scope, label, step, keywords);
    }

    private static Value RunFunction(in BuiltinCall call)
    {
        if (!call["interface"].Is<InterfaceRefValue>(out var target))
        {
            throw call["interface"].Is<ServiceValue>(out var service)
                ? call.Error($"interface must be interface_ref, got service; write {service.Name}.{service.Definition.Interfaces.FirstOrDefault()?.Name ?? "<interface>"}")
                : call.WrongType("interface", "interface_ref", call["interface"]);
        }

        var method = call.Text("method");
        if (!target.TryGetStep(method, out var value) || !value.Is<StepMethodValue>(out var step))
        {
            throw call.Error(UnknownMethod(target, method));
        }

        return Run(call.Scope, $"{target.Address}.{method}()", step, call.Keywords);
    }

    private static Value Run(SpecScope scope, string label, StepMethodValue step, IReadOnlyList<KeyValuePair<string, Value>> keywords)
    {
        if (scope.Session is not { } session)
        {
            throw new SpecException($"{step.Name}() may only be called while a test runs");
        }

        var arguments = Bind(session, label, step.Method, keywords);
        var response = Perform(scope, label, () => session.Step(
            step.Target.Address,
            step.Method.Name,
            arguments,
            scope.StepPhase,
            scope.Kind == ScopeKind.Body ? session.TestName : null,
            scope.Cancellation));
        if (!response.IsText)
        {
            return Value.Of(new ResponseValue(response));
        }

        return response.Success
            ? new ResponseValue(response).Body
            : throw new SpecException($"{step.Target.Definition.Protocol} {step.Method.Name} failed: {response.Error}");
    }

    private static StepResponse Perform(SpecScope scope, string label, Func<StepResponse> step)
    {
        try
        {
            return scope.Block(step);
        }
        catch (StepArgumentException e)
        {
            throw new SpecException($"{label}: {e.Message}");
        }
    }

    private static List<KeyValuePair<string, object?>> Bind(
        TestSession session, string label, StepMethod method, IReadOnlyList<KeyValuePair<string, Value>> keywords)
    {
        var bound = new List<KeyValuePair<string, object?>>(keywords.Count);
        foreach (var (name, value) in keywords)
        {
            if (method.Arguments.All(a => a.Name != name))
            {
                throw new SpecException(
                    $"{label}: unknown keyword argument \"{name}\"{NearestName.Suggestion(name, method.Arguments.Select(a => a.Name)).TrimEnd('?')}; valid: {Accepted(method)}");
            }

            bound.Add(new(name, Convert(session, $"{label}: {name}", value)));
        }

        foreach (var argument in method.Arguments)
        {
            if (argument.Required && bound.All(b => b.Key != argument.Name))
            {
                throw new SpecException($"{label}: missing required argument {argument.Name}={(argument.Shape is { } shape ? $", in the shape \"{shape}\"" : "")}");
            }
        }

        return bound;
    }

    private static object? Convert(TestSession session, string label, Value value, int depth = 0)
    {
        if (depth > MaximumDepth)
        {
            throw new SpecException($"{label} cannot be sent: it has more than {MaximumDepth} levels of nesting");
        }

        if (value.IsNone)
        {
            return null;
        }

        if (value.TryGetBool(out var flag))
        {
            return flag;
        }

        if (value.TryGetInt64(out var number))
        {
            return number;
        }

        if (value.TryGetInt(out var big))
        {
            return big;
        }

        if (value.TryGetDouble(out var real))
        {
            return real;
        }

        if (value.Is<StarlarkString>(out var text))
        {
            return ConvertText(session, text);
        }

        if (value.Is<StarlarkBytes>(out var bytes))
        {
            return bytes.Bytes.ToArray();
        }

        if (value.TryGetItems(out var items))
        {
            return items.Select(i => Convert(session, label, i, depth + 1)).ToList();
        }

        if (value.TryGetEntries(out var entries))
        {
            return entries
                .Select(e => KeyValuePair.Create(
                    e.Key.TryGetString(out var key) ? key : throw new SpecException($"{label}: keys must be strings, got {e.Key.TypeName}"),
                    Convert(session, label, e.Value, depth + 1)))
                .ToList();
        }

        throw new SpecException($"{label} cannot be sent: got {value.TypeName}");
    }

    /// <summary>Text with addresses in the place of placeholders; bytes when it is no text.</summary>
    private static object ConvertText(TestSession session, StarlarkString value)
    {
        try
        {
            var text = StrictUtf8.GetString(value.Bytes);
            var targets = session.Spec.Services.SelectMany(s => s.Interfaces.Select(i => new InterfaceAddress(s.Name, i.Name)));
            return Placeholders.Resolve(text, targets, session.AddressOf, session.CertificateFile);
        }
        catch (DecoderFallbackException)
        {
            // Strings of the language may hold any bytes.
            return value.Bytes.ToArray();
        }
    }

    private static string Accepted(StepMethod method) => string.Join(", ", method.Arguments.Select(a => $"{a.Name}="));

    private static string UnknownMethod(InterfaceRefValue target, string method)
    {
        var protocol = target.Definition.Protocol;
        if (ProtocolRegistry.Find(protocol) is null)
        {
            return $"{target.Address} speaks \"{protocol}\", which has no steps in this version of Faultbox";
        }

        return $"{target.Address} ({protocol}) has no step \"{method}\"{NearestName.Suggestion(method, target.StepNames).TrimEnd('?')}; steps: {string.Join(", ", target.StepNames)}";
    }
}
