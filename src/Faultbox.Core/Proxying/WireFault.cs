namespace Faultbox.Core.Proxying;

/// <summary>A fault on the byte stream of a connection. One record per kind; sizes in bytes.</summary>
/// <param name="Name">Name in specifications and events, for example <c>latency</c>.</param>
/// <param name="Direction">Streams it acts on.</param>
public abstract record WireFault(string Name, TrafficDirection Direction);

/// <summary>How a random time is spread.</summary>
public enum JitterDistribution
{
    /// <summary>Every value within the jitter is as likely.</summary>
    Uniform,

    /// <summary>Bell curve; the jitter is its standard deviation.</summary>
    Normal,

    /// <summary>Mostly short, seldom long: shape 2, the jitter is the mean of what is added.</summary>
    Pareto,
}

/// <summary>Every chunk leaves later; the order is kept and the throughput not limited.</summary>
/// <param name="Delay">Time added.</param>
/// <param name="Jitter">Random part.</param>
/// <param name="Distribution">How the random part is spread.</param>
/// <param name="Direction">Streams it acts on.</param>
public sealed record WireLatency(TimeSpan Delay, TimeSpan Jitter, JitterDistribution Distribution, TrafficDirection Direction)
    : WireFault("latency", Direction);

/// <summary>A token bucket; never loses anything.</summary>
/// <param name="BytesPerSecond">Rate.</param>
/// <param name="Burst">Size of the bucket.</param>
/// <param name="IsShared">True when all connections of the interface share one bucket.</param>
/// <param name="Direction">Streams it acts on.</param>
public sealed record WireBandwidth(double BytesPerSecond, int Burst, bool IsShared, TrafficDirection Direction) : WireFault("bandwidth", Direction);

/// <summary>The end of a stream is passed on later.</summary>
/// <param name="Delay">Time added.</param>
public sealed record WireSlowClose(TimeSpan Delay) : WireFault("slow_close", TrafficDirection.Both);

/// <summary>Data stops.</summary>
/// <param name="Hold">Time after which both legs close; zero to hold until the window ends and then to go on.</param>
public sealed record WireTimeout(TimeSpan Hold) : WireFault("timeout", TrafficDirection.Both);

/// <summary>Both legs are reset.</summary>
/// <param name="Wait">Time before the reset.</param>
/// <param name="Bytes">Bytes of both directions together after which the reset comes; null for a time only.</param>
public sealed record WireResetPeer(TimeSpan Wait, long? Bytes) : WireFault("reset_peer", TrafficDirection.Both);

/// <summary>Writes are split into pieces.</summary>
/// <param name="Size">Size of a piece.</param>
/// <param name="Variation">Random deviation from the size.</param>
/// <param name="Gap">Time between pieces.</param>
/// <param name="Direction">Streams it acts on.</param>
public sealed record WireSlicer(int Size, int Variation, TimeSpan Gap, TrafficDirection Direction) : WireFault("slicer", Direction);

/// <summary>A number of bytes passes, then the connection ends.</summary>
/// <param name="Bytes">Bytes.</param>
/// <param name="Resets">True to end with RST instead of FIN.</param>
/// <param name="Direction">Streams it acts on.</param>
public sealed record WireLimitData(long Bytes, bool Resets, TrafficDirection Direction) : WireFault("limit_data", Direction);

/// <summary>How bytes are damaged.</summary>
public enum CorruptionKind
{
    /// <summary>All bits are inverted.</summary>
    Flip,

    /// <summary>The byte becomes 0.</summary>
    Zero,

    /// <summary>The byte becomes a random one.</summary>
    Random,
}

/// <summary>Bytes are damaged.</summary>
/// <param name="Offset">Position in the stream of the first damaged byte.</param>
/// <param name="Stride">Distance between damaged bytes; null for one byte only.</param>
/// <param name="Kind">How.</param>
/// <param name="Direction">Streams it acts on.</param>
public sealed record WireCorrupt(long Offset, long? Stride, CorruptionKind Kind, TrafficDirection Direction) : WireFault("corrupt", Direction);

/// <summary>A direction silently stops: no FIN, no RST.</summary>
/// <param name="Direction">Streams it acts on.</param>
public sealed record WireHalfOpen(TrafficDirection Direction) : WireFault("half_open", Direction);

/// <summary>New connections are reset on accept, live ones at once.</summary>
public sealed record WireDown() : WireFault("down", TrafficDirection.Both);
