using System.Globalization;
using Faultbox.Core.Topology;

namespace Faultbox.Core.Proxying;

/// <summary>One parameter of a fault on streams, handshakes or datagrams.</summary>
/// <param name="Name">Keyword.</param>
/// <param name="Value">Value: durations and rates as specifications write them, sizes as numbers of bytes.</param>
/// <param name="IsText">True when specifications write the value in quotes.</param>
public readonly record struct FaultParameter(string Name, string Value, bool IsText)
{
    /// <summary><c>name=value</c> as a specification writes it.</summary>
    public string Text => IsText ? $"{Name}=\"{Value}\"" : $"{Name}={Value}";
}

/// <summary>The parameters of <c>wire.*</c>, <c>tls_fault.*</c> and <c>dgram.*</c>, those at their default left out.</summary>
public static class FaultParameters
{
    /// <summary>Size of the bucket of <c>wire.bandwidth</c> unless a specification gives another, in bytes.</summary>
    public const int DefaultBurst = 16 * 1024;

    /// <summary>Parameters of a rule in documentation order; none for a rule of another kind.</summary>
    public static IReadOnlyList<FaultParameter> Of(ProxyFault fault) =>
        fault.Wire is { } wire ? [.. Of(wire).OfType<FaultParameter>()]
        : fault.Tls is { } tls ? [.. Of(tls).OfType<FaultParameter>()]
        : fault.Datagram is { } datagram ? [.. Of(datagram).OfType<FaultParameter>()]
        : [];

    private static FaultParameter?[] Of(WireFault fault) => fault switch
    {
        WireLatency latency =>
        [
            Time("delay", latency.Delay),
            Later("jitter", latency.Jitter),
            Direction(latency.Direction, TrafficDirection.ServerToClient),
            latency.Distribution == JitterDistribution.Uniform ? null : Word("distribution", latency.Distribution),
        ],
        WireBandwidth bandwidth =>
        [
            new FaultParameter("rate", string.Create(CultureInfo.InvariantCulture, $"{bandwidth.BytesPerSecond}B/s"), IsText: true),
            Direction(bandwidth.Direction, TrafficDirection.Both),
            bandwidth.Burst == DefaultBurst ? null : Number("burst", bandwidth.Burst),
            bandwidth.IsShared ? new FaultParameter("scope", "interface", IsText: true) : null,
        ],
        WireSlowClose close => [Time("delay", close.Delay)],
        WireTimeout timeout => [Later("hold", timeout.Hold)],
        WireResetPeer reset => [Later("wait", reset.Wait), reset.Bytes is { } bytes ? Number("bytes", bytes) : null],
        WireSlicer slicer =>
        [
            Number("size", slicer.Size),
            slicer.Variation == 0 ? null : Number("variation", slicer.Variation),
            Later("gap", slicer.Gap),
            Direction(slicer.Direction, TrafficDirection.Both),
        ],
        WireLimitData limit =>
        [
            Number("bytes", limit.Bytes),
            Direction(limit.Direction, TrafficDirection.ServerToClient),
            limit.Resets ? new FaultParameter("how", "rst", IsText: true) : null,
        ],
        WireCorrupt corrupt =>
        [
            corrupt.Offset == 0 ? null : Number("offset", corrupt.Offset),
            corrupt.Stride is { } stride ? Number("stride", stride) : null,
            Damage(corrupt.Kind),
            Direction(corrupt.Direction, TrafficDirection.ServerToClient),
        ],
        WireHalfOpen half => [Direction(half.Direction, TrafficDirection.ServerToClient)],
        _ => [],
    };

    private static FaultParameter?[] Of(TlsFault fault) => fault switch
    {
        TlsAlert alert when TlsAlertName.Of(alert.Code) is var name => [new FaultParameter("code", name, IsText: !char.IsAsciiDigit(name[0]))],
        TlsVersionLimit limit => [new FaultParameter("max", limit.Maximum, IsText: true)],
        _ => [],
    };

    private static FaultParameter?[] Of(DatagramFault fault) => fault switch
    {
        DatagramReorder reorder => [Number("by", reorder.By)],
        DatagramDuplicate duplicate => [Number("count", duplicate.Count)],
        DatagramCorrupt corrupt => [Damage(corrupt.Kind)],
        DatagramTruncate truncate => [Number("bytes", truncate.Bytes)],
        DatagramLatency latency => [Time("delay", latency.Delay), Later("jitter", latency.Jitter)],
        _ => [],
    };

    private static FaultParameter Time(string name, TimeSpan value) => new(name, Durations.Text(value), IsText: true);

    private static FaultParameter? Later(string name, TimeSpan value) => value == TimeSpan.Zero ? null : Time(name, value);

    private static FaultParameter Number(string name, long value) => new(name, value.ToString(CultureInfo.InvariantCulture), IsText: false);

    private static FaultParameter? Damage(CorruptionKind kind) => kind == CorruptionKind.Flip ? null : Word("kind", kind);

    private static FaultParameter Word(string name, Enum value) => new(name, value.ToString().ToLowerInvariant(), IsText: true);

    private static FaultParameter? Direction(TrafficDirection direction, TrafficDirection otherwise) =>
        direction == otherwise ? null : new FaultParameter("dir", Name(direction), IsText: true);

    /// <summary>A direction as specifications write it.</summary>
    internal static string Name(TrafficDirection direction) => direction switch
    {
        TrafficDirection.ClientToServer => "c2s",
        TrafficDirection.ServerToClient => "s2c",
        _ => "both",
    };
}
