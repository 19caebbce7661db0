namespace Faultbox.Core.Proxying;

/// <summary>A fault on single datagrams. One record per kind; sizes in bytes.</summary>
/// <param name="Name">Name in specifications and events, for example <c>reorder</c>.</param>
public abstract record DatagramFault(string Name);

/// <summary>A datagram waits until others of its flow have passed it.</summary>
/// <param name="By">How many pass it.</param>
public sealed record DatagramReorder(int By) : DatagramFault("reorder");

/// <summary>A datagram arrives more than once.</summary>
/// <param name="Count">How often it arrives.</param>
public sealed record DatagramDuplicate(int Count) : DatagramFault("duplicate");

/// <summary>One byte of a datagram, drawn from the seed, is damaged.</summary>
/// <param name="Kind">How.</param>
public sealed record DatagramCorrupt(CorruptionKind Kind) : DatagramFault("corrupt");

/// <summary>Only the beginning of a datagram arrives.</summary>
/// <param name="Bytes">Bytes that arrive.</param>
public sealed record DatagramTruncate(int Bytes) : DatagramFault("truncate");

/// <summary>A datagram leaves later; later ones may overtake it.</summary>
/// <param name="Delay">Time added.</param>
/// <param name="Jitter">Random part, plus or minus, drawn from the seed.</param>
public sealed record DatagramLatency(TimeSpan Delay, TimeSpan Jitter) : DatagramFault("latency");
