using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Faults;

/// <summary>The faults on streams: <c>wire.latency()</c> and its siblings, for every protocol carried on TCP.</summary>
internal static class WireBuiltins
{
    private static readonly ParameterDeclaration Jitter =
        ParameterDeclaration.Keyword("jitter", "duration", "\"0ms\"", "Random part of the delay, drawn from the seed of the test.");

    /// <summary>All of them, in reading order.</summary>
    public static IReadOnlyList<BuiltinDeclaration> All { get; } =
    [
        Declare(
            "latency",
            "Every chunk leaves later; the order is kept and the throughput not limited.",
            (in BuiltinCall call) => new WireLatency(
                call.PositiveDuration("delay", default), call.Duration("jitter", default), ReadDistribution(call), Direction(call, "s2c")),
            ParameterDeclaration.Required("delay", "duration", "Time added to every chunk."),
            Jitter,
            Dir("s2c"),
            ParameterDeclaration.Keyword("distribution", "string", "\"uniform\"", "How the jitter is spread: \"uniform\", \"normal\" or \"pareto\".")),
        Declare(
            "bandwidth",
            "Bytes pass at a rate; the sender waits, nothing is lost.",
            ReadBandwidth,
            ParameterDeclaration.Required("rate", "string", "Rate, such as \"1mbit\" or \"256KB/s\"."),
            Dir("both"),
            ParameterDeclaration.Keyword("burst", "int or string", "\"16KiB\"", "Bytes that may pass at once after a pause."),
            ParameterDeclaration.Keyword("scope", "string", "\"conn\"", "\"conn\" for each connection, \"interface\" for all of them together.")),
        Declare(
            "slow_close",
            "The end of a stream is passed on later.",
            (in BuiltinCall call) => new WireSlowClose(call.PositiveDuration("delay", default)),
            ParameterDeclaration.Required("delay", "duration", "Time added before the end.")),
        Declare(
            "timeout",
            "Data stops. With a hold both legs close after it; without, data goes on when the window ends.",
            (in BuiltinCall call) => new WireTimeout(call.Duration("hold", default)),
            ParameterDeclaration.Optional("hold", "duration", "\"0s\"", "Time after which the connection closes; 0 holds until the window ends.")),
        Declare(
            "reset_peer",
            "Both legs are reset.",
            (in BuiltinCall call) => new WireResetPeer(call.Duration("wait", default), call.Has("bytes") ? Size(call, "bytes", 0) : null),
            ParameterDeclaration.Optional("wait", "duration", "\"0s\"", "Time before the reset."),
            ParameterDeclaration.Keyword("bytes", "int or string", "None", "Bytes of both directions after which the reset comes.")),
        Declare(
            "slicer",
            "Writes are split into pieces.",
            (in BuiltinCall call) => new WireSlicer(
                checked((int)Size(call, "size", 1)), checked((int)Size(call, "variation", 0)), call.Duration("gap", default), Direction(call, "both")),
            ParameterDeclaration.Required("size", "int or string", "Size of a piece."),
            ParameterDeclaration.Keyword("variation", "int or string", "0", "Random deviation from the size."),
            ParameterDeclaration.Keyword("gap", "duration", "\"0ms\"", "Time between pieces."),
            Dir("both")),
        Declare(
            "limit_data",
            "So many bytes pass, then the connection ends.",
            (in BuiltinCall call) => new WireLimitData(Size(call, "bytes", 0), ReadHow(call), Direction(call, "s2c")),
            ParameterDeclaration.Required("bytes", "int or string", "Bytes that pass."),
            Dir("s2c"),
            ParameterDeclaration.Keyword("how", "string", "\"close\"", "\"close\" for FIN, \"rst\" for a reset.")),
        Declare(
            "corrupt",
            "Bytes are damaged.",
            (in BuiltinCall call) => new WireCorrupt(
                call.Has("offset") ? Size(call, "offset", 0) : 0, call.Has("stride") ? Size(call, "stride", 1) : null, ReadKind(call), Direction(call, "s2c")),
            ParameterDeclaration.Keyword("offset", "int or string", "0", "Position of the first damaged byte, from where the fault met the stream."),
            ParameterDeclaration.Keyword("stride", "int or string", "None", "Distance between damaged bytes; one byte only without it."),
            ParameterDeclaration.Keyword("kind", "string", "\"flip\"", "\"flip\" inverts, \"zero\" clears, \"random\" draws."),
            Dir("s2c")),
        Declare(
            "half_open",
            "A direction silently stops: no data, no FIN, no RST.",
            (in BuiltinCall call) => new WireHalfOpen(Direction(call, "s2c")),
            Dir("s2c")),
        Declare("down", "New connections are reset on accept, live ones at once.", (in BuiltinCall call) => new WireDown()),
    ];

    private delegate WireFault Reader(in BuiltinCall call);

    private static BuiltinDeclaration Declare(string name, string doc, Reader read, params ParameterDeclaration[] parameters) => new(
        $"wire.{name}",
        doc,
        (in BuiltinCall call) => Value.Of(new ProxyFaultValue(MessageKeywords.Read(call, ProxyAction.Wire) with { Wire = read(call) })),
        [
            .. parameters,
            .. MessageKeywords.Matchers.Where(m => m.Name is "source"),
            .. MessageKeywords.Occurrences,
            MessageKeywords.Mode,
        ])
    {
        Returns = "proxy_fault",
    };

    private static ParameterDeclaration Dir(string otherwise) =>
        ParameterDeclaration.Keyword("dir", "string", $"\"{otherwise}\"", "Streams it acts on: \"c2s\", \"s2c\" or \"both\".");

    private static TrafficDirection Direction(in BuiltinCall call, string otherwise) => (call.OptionalText("dir") ?? otherwise) switch
    {
        "c2s" => TrafficDirection.ClientToServer,
        "s2c" => TrafficDirection.ServerToClient,
        "both" => TrafficDirection.Both,
        var other => throw call.Error($"dir must be \"c2s\", \"s2c\" or \"both\", got \"{other}\""),
    };

    /// <summary>The rate of a call, in bytes per second.</summary>
    public static double ReadRate(in BuiltinCall call) => ByteQuantities.TryParseRate(call.Text("rate"), out var rate)
        ? rate
        : throw call.Error($"bad rate \"{call.Text("rate")}\"; write for example \"1mbit\" or \"256KB/s\"");

    private static WireFault ReadBandwidth(in BuiltinCall call)
    {
        var shared = call.OptionalText("scope") switch
        {
            null or "conn" => false,
            "interface" => true,
            var other => throw call.Error($"scope must be \"conn\" or \"interface\", got \"{other}\""),
        };
        return new WireBandwidth(ReadRate(call), call.Has("burst") ? checked((int)Size(call, "burst", 1)) : FaultParameters.DefaultBurst, shared, Direction(call, "both"));
    }

    private static JitterDistribution ReadDistribution(in BuiltinCall call) => call.OptionalText("distribution") switch
    {
        null or "uniform" => JitterDistribution.Uniform,
        "normal" => JitterDistribution.Normal,
        "pareto" => JitterDistribution.Pareto,
        var other => throw call.Error($"distribution must be \"uniform\", \"normal\" or \"pareto\", got \"{other}\""),
    };

    private static bool ReadHow(in BuiltinCall call) => call.OptionalText("how") switch
    {
        null or "close" => false,
        "rst" => true,
        var other => throw call.Error($"how must be \"close\" or \"rst\", got \"{other}\""),
    };

    /// <summary>How bytes are damaged.</summary>
    public static CorruptionKind ReadKind(in BuiltinCall call) => call.OptionalText("kind") switch
    {
        null or "flip" => CorruptionKind.Flip,
        "zero" => CorruptionKind.Zero,
        "random" => CorruptionKind.Random,
        var other => throw call.Error($"kind must be \"flip\", \"zero\" or \"random\", got \"{other}\""),
    };

    private static long Size(in BuiltinCall call, string parameter, long minimum)
    {
        if (!call.Has(parameter))
        {
            return minimum;
        }

        var value = call[parameter];
        var known = value.TypeName == "int" && value.TryGetInt64(out var bytes) ? bytes
            : value.TryGetString(out var text) && ByteQuantities.TryParseSize(text, out bytes) ? bytes
            : throw call.Error($"{parameter} must be a number of bytes or a size such as \"64KiB\", got {value.Repr()}");
        return known >= minimum && known <= int.MaxValue
            ? known
            : throw call.Error($"{parameter} must lie between {minimum} and {int.MaxValue}, got {known}");
    }
}
