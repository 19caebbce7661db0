using Faultbox.Core.Faults;

namespace Faultbox.Runtime.Programs;

/// <summary>One program to run under control, without a specification.</summary>
public sealed record ProgramRequest
{
    /// <summary>The program: a path, or a name that is looked for in <c>PATH</c>.</summary>
    public required string Program { get; init; }

    /// <summary>Its arguments without its own name.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Environment entries <c>NAME=value</c>, each name once.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>Faults in force from its first instruction to its end, the first that fires wins; empty to run it without a filter.</summary>
    public IReadOnlyList<FaultRule> Faults { get; init; } = [];

    /// <summary>Seed of the draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>True to run it in a network of its own that has only a loopback interface.</summary>
    public bool PrivateNetwork { get; init; }

    /// <summary>True to let it use this process's standard streams and its terminal, false to discard what it writes.</summary>
    public bool InheritsStreams { get; init; } = true;
}
