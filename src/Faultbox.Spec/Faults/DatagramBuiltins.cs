using Faultbox.Core.Proxying;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>The faults on datagrams: <c>dgram.reorder()</c> and its siblings, for udp.</summary>
internal static class DatagramBuiltins
{
    private const int LargestDatagram = 65_507;

    /// <summary>All of them, in reading order.</summary>
    public static IReadOnlyList<BuiltinDeclaration> All { get; } =
    [
        Declare(
            "reorder",
            "A datagram waits until others of its flow have passed it, at most 1 s.",
            (in BuiltinCall call) => new DatagramReorder(Number(call, "by", 1, 1)),
            ParameterDeclaration.Keyword("by", "int", "1", "Datagrams that pass it.")),
        Declare(
            "duplicate",
            "A datagram arrives more than once.",
            (in BuiltinCall call) => new DatagramDuplicate(Number(call, "count", 2, 2)),
            ParameterDeclaration.Keyword("count", "int", "2", "How often it arrives.")),
        Declare(
            "corrupt",
            "One byte of a datagram, drawn from the seed of the test, is damaged.",
            (in BuiltinCall call) => new DatagramCorrupt(WireBuiltins.ReadKind(call)),
            ParameterDeclaration.Keyword("kind", "string", "\"flip\"", "\"flip\" inverts, \"zero\" clears, \"random\" draws another value.")),
        Declare(
            "truncate",
            "Only the beginning of a datagram arrives.",
            (in BuiltinCall call) => new DatagramTruncate(Number(call, "bytes", 0, 0)),
            ParameterDeclaration.Required("bytes", "int", "Bytes that arrive.")),
        Declare(
            "latency",
            "A datagram leaves later; no other one waits for it.",
            (in BuiltinCall call) => new DatagramLatency(call.PositiveDuration("delay", default), call.Duration("jitter", default)),
            ParameterDeclaration.Required("delay", "duration", "Time added."),
            ParameterDeclaration.Keyword("jitter", "duration", "\"0ms\"", "Random part, plus or minus, drawn from the seed of the test.")),
    ];

    private delegate DatagramFault Reader(in BuiltinCall call);

    private static BuiltinDeclaration Declare(string name, string doc, Reader read, params ParameterDeclaration[] parameters) => new(
        $"dgram.{name}",
        doc,
        (in BuiltinCall call) => Value.Of(new ProxyFaultValue(MessageKeywords.Read(call, ProxyAction.Datagram) with { Datagram = read(call) })),
        [.. parameters, .. MessageKeywords.AllMatchers, .. MessageKeywords.Occurrences, MessageKeywords.Mode])
    {
        Returns = "proxy_fault",
    };

    private static int Number(in BuiltinCall call, string parameter, int otherwise, int minimum)
    {
        if (!call.Has(parameter))
        {
            return otherwise;
        }

        var value = call[parameter];
        return value.TypeName == "int" && value.TryGetInt64(out var number)
            ? number >= minimum && number <= LargestDatagram ? (int)number : throw call.Error($"{parameter} must lie between {minimum} and {LargestDatagram}, got {number}")
            : throw call.WrongType(parameter, "int", value);
    }
}
