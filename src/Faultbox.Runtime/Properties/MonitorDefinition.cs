using Faultbox.Core;
using Faultbox.Core.Events;

namespace Faultbox.Runtime.Properties;

/// <summary>What a monitor made of one event.</summary>
/// <param name="Matched">True when the event was its business.</param>
/// <param name="Violation">Why the property does not hold; null when it does.</param>
public readonly record struct MonitorStep(bool Matched, string? Violation)
{
    /// <summary>The event was not its business.</summary>
    public static MonitorStep Ignored => default;

    /// <summary>The property holds after the event.</summary>
    public static MonitorStep Holds => new(true, null);
}

/// <summary>A state machine over the events of a test: declared once, started anew for every test.</summary>
/// <param name="Name">Name in messages.</param>
/// <param name="Position">Where it was declared.</param>
/// <param name="Start">Makes a machine in its initial state. The machine is called with one event at a time, in sequence order.</param>
public sealed record MonitorDefinition(string Name, SourcePosition Position, Func<TestSession, Func<TraceEvent, MonitorStep>> Start);
