using Faultbox.Core.Events;
using Faultbox.Core.Leaves;

namespace Faultbox.Core.Faults;

/// <summary>Surroundings of the fault engine of one service in one test.</summary>
public sealed record FaultEngineOptions
{
    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Log of the test; its path table must be the one that resolves the service's paths.</summary>
    public required EventLog Log { get; init; }

    /// <summary>Clock of rules that expire.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Seed of the test.</summary>
    public ulong Seed { get; init; }

    /// <summary>Name of the test.</summary>
    public string Test { get; init; } = "";

    /// <summary>Digits of this execution; a rule with <c>max_fires=</c> takes the outcomes of its first occurrences from it.</summary>
    public LeafPlan Leaf { get; init; } = new();

    /// <summary>True to report calls whose results no seed determines.</summary>
    public bool DetectUnmediatedIo { get; init; }

    /// <summary>Names of the services this one depends on, for explanations.</summary>
    public IReadOnlyList<string> Dependencies { get; init; } = [];

    /// <summary>Addresses of the topology; without it <c>to=</c> takes addresses only and clocks are not merged on network calls.</summary>
    public IAddressBook? Addresses { get; init; }

    /// <summary>Callers of the service; without it the process, thread, executable and role keywords are refused.</summary>
    public ICallerDirectory? Callers { get; init; }
}
