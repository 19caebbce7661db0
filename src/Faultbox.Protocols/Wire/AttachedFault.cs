using System.Diagnostics;
using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Wire;

/// <summary>A stream fault that has met a connection: its effects on both directions and what they did.</summary>
/// <param name="rule">The rule.</param>
/// <param name="toServer">Effect on what the client sends; null for none.</param>
/// <param name="toClient">Effect on what the service sends; null for none.</param>
internal sealed class AttachedFault(ActiveProxyRule rule, WireEffect? toServer, WireEffect? toClient)
{
    private long _chunks;
    private long _bytes;

    /// <summary>The rule.</summary>
    public ActiveProxyRule Rule => rule;

    /// <summary>Effect on a direction; null for none.</summary>
    public WireEffect? On(TrafficDirection direction) => direction == TrafficDirection.ClientToServer ? toServer : toClient;

    /// <summary>Counts one piece that went through.</summary>
    public void Count(int bytes)
    {
        Interlocked.Increment(ref _chunks);
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <summary>What it did, for the event of its end.</summary>
    public EventField[] Summary() =>
    [
        new("chunks", Text(Interlocked.Read(ref _chunks))),
        new("bytes", Text(Interlocked.Read(ref _bytes))),
        new("added_ms", Text(AddedTicks * 1000 / Stopwatch.Frequency)),
    ];

    /// <summary>One effect may be that of both directions.</summary>
    private long AddedTicks => (toServer?.AddedTicks ?? 0) + (toClient == toServer ? 0 : toClient?.AddedTicks ?? 0);

    /// <summary>Ends the effects.</summary>
    public void Detach()
    {
        toServer?.Detach();
        toClient?.Detach();
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
