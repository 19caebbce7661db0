using Faultbox.Core.Topology;
using Faultbox.Protocols;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Topology;

/// <summary><c>udp_ready()</c>: a port of datagrams accepts nothing that could be seen, so only an answer tells.</summary>
internal static class UdpReadyBuiltin
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The declaration.</summary>
    public static BuiltinDeclaration UdpReady { get; } = new(
        "udp_ready",
        "Ready when a question in a datagram is answered. The question is repeated until it is.",
        (in BuiltinCall call) => Value.Of(new HealthcheckValue(new UdpHealthcheck(Question(call), Reply(call), call.OptionalText("interface"))
        {
            Timeout = call.PositiveDuration("timeout", DefaultTimeout),
        })),
        ParameterDeclaration.Keyword("hex", "string", "None", "The question in hexadecimal digits, spaces allowed; this or data is required."),
        ParameterDeclaration.Keyword("expect_hex", "string", "any reply", "What the reply begins with, in hexadecimal digits, spaces allowed."),
        ParameterDeclaration.Keyword("data", "string or bytes", "None", "The question as text, in place of hex."),
        ParameterDeclaration.Keyword("expect", "string or bytes", "any reply", "What the reply begins with as text, in place of expect_hex."),
        ParameterDeclaration.Keyword("interface", "string", "the only one of protocol udp, or \"default\"", "Interface to ask."),
        ParameterDeclaration.Keyword("timeout", "duration", "\"10s\"", "Bound of the whole check."))
    {
        PositionalHint = "name the question, as in udp_ready(hex = \"0a1b\") or udp_ready(data = \"ping\")",
        Returns = "healthcheck",
    };

    /// <summary>Refuses a check that has no interface to ask, or more than one to choose from.</summary>
    /// <param name="call">The declaration of the service.</param>
    /// <param name="check">Its check.</param>
    /// <param name="interfaces">Its interfaces.</param>
    public static void Verify(in BuiltinCall call, UdpHealthcheck check, IReadOnlyList<InterfaceDefinition> interfaces)
    {
        if (check.Target(interfaces) is not null)
        {
            return;
        }

        var written = check.Interface is { } name ? $"udp_ready(interface = \"{name}\")" : "udp_ready()";
        var candidates = interfaces.Where(i => i.Protocol == UdpHealthcheck.Protocol).Select(i => $"\"{i.Name}\"").ToList();
        throw candidates.Count == 0
            ? call.Error($"healthcheck = {written} needs an interface of protocol \"udp\" to ask; {Declared(interfaces)}")
            : check.Interface is not null
            ? call.Error($"healthcheck = {written} names no interface of protocol \"udp\"; {Declared(interfaces)}")
            : call.Error($"healthcheck = {written} cannot choose between {string.Join(", ", candidates)}; write udp_ready(interface = {candidates[0]}, ...)");
    }

    private static string Declared(IReadOnlyList<InterfaceDefinition> interfaces) => interfaces.Count == 0
        ? "none is declared"
        : $"declared: {string.Join(", ", interfaces.Select(i => $"\"{i.Name}\" ({i.Protocol})"))}";

    private static ReadOnlyMemory<byte> Question(in BuiltinCall call)
    {
        var question = Read(call, "hex", "data");
        return question.IsEmpty
            ? throw call.Error("hex or data is required: the question that the service answers, as in udp_ready(hex = \"0a1b\")")
            : question.Length <= Readiness.LargestQuestion
            ? question
            : throw call.Error($"a datagram carries at most {Readiness.LargestQuestion} bytes, and the question has {question.Length}");
    }

    private static ReadOnlyMemory<byte> Reply(in BuiltinCall call) => Read(call, "expect_hex", "expect");

    /// <summary>Bytes in either form; empty when neither is given.</summary>
    private static ReadOnlyMemory<byte> Read(in BuiltinCall call, string hex, string text)
    {
        if (call.Has(hex) && call.Has(text))
        {
            throw call.Error($"{hex}= and {text}= exclude each other");
        }

        return call.Has(hex) ? Digits(call, hex)
            : !call.Has(text) ? default
            : call.Octets(text) is { IsEmpty: false } octets ? octets
            : throw Empty(call, text);
    }

    private static ReadOnlyMemory<byte> Digits(in BuiltinCall call, string parameter)
    {
        var text = call.Text(parameter);
        return HexBytes.TryParse(text, out var bytes) ? bytes
            : string.IsNullOrWhiteSpace(text) ? throw Empty(call, parameter)
            : throw call.Error($"{parameter} must be pairs of hexadecimal digits, got \"{text}\"");
    }

    private static SpecException Empty(in BuiltinCall call, string parameter) => call.Error($"{parameter} must not be empty");
}
