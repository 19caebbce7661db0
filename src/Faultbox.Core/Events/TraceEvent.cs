namespace Faultbox.Core.Events;

/// <summary>A field of an event. Values are always text.</summary>
/// <param name="Name">Field name.</param>
/// <param name="Value">Field value.</param>
public readonly record struct EventField(string Name, string Value);

/// <summary>One record of the event log as readers see it; text is made when it is read.</summary>
public sealed class TraceEvent
{
    /// <summary>Position in the log, from 1, without gaps.</summary>
    public required long Sequence { get; init; }

    /// <summary>Wall clock of the host, UTC, 100 ns resolution.</summary>
    public required DateTime Timestamp { get; init; }

    /// <summary>Monotonic nanoseconds since the log was opened.</summary>
    public required long OffsetNanoseconds { get; init; }

    /// <summary>Short type such as <c>syscall</c> or <c>step_send</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Actor, or the empty string for events of the whole run.</summary>
    public required string Service { get; init; }

    /// <summary>Fields in emission order.</summary>
    public required IReadOnlyList<EventField> Fields { get; init; }

    /// <summary>Snapshot of the actor's clock after its own tick; empty for events without a service.</summary>
    public required VectorClock Clock { get; init; }

    /// <summary>Dotted type, for example <c>syscall.write</c> or <c>lifecycle.ready</c>.</summary>
    public string DottedType => EventNames.Dotted(this);

    /// <summary>
    /// True for steps and client calls made while a service was being prepared (readiness, seed, reset): they are recorded, but neither
    /// delivered to subscribers nor seen by queries and assertions.
    /// </summary>
    public bool PreparesService =>
        Type is "step_send" or "step_recv" or "client_call" or "client_return" or "contract_violation"
        && Field("phase") is "seed" or "reset" or "ready";

    /// <summary>Value of a field, or null when absent.</summary>
    public string? Field(string name)
    {
        foreach (var field in Fields)
        {
            if (field.Name == name)
            {
                return field.Value;
            }
        }

        return null;
    }
}
