namespace Faultbox.Core.Determinism;

/// <summary>What a specification promises about its runs, and what it tolerates.</summary>
public sealed record DeterminismPolicy
{
    /// <summary>Sources of nondeterminism that can be tolerated.</summary>
    public static IReadOnlyList<string> Categories { get; } = ["clock", "rand", "dns", "network-unmediated", "fs-unmediated"];

    /// <summary>Of a specification that says nothing: sources are recorded as far as faults intercept them, and no test fails by them.</summary>
    public static DeterminismPolicy Default { get; } = new() { Strict = false };

    /// <summary>True when services are looked at: level L1; false at L0.</summary>
    public bool Detects { get; init; } = true;

    /// <summary>True when the specification asked for it, so that filters take in the calls that detection needs.</summary>
    public bool IsExplicit { get; init; }

    /// <summary>True when a source that is not tolerated fails its test.</summary>
    public bool Strict { get; init; } = true;

    /// <summary>Categories tolerated of every service.</summary>
    public IReadOnlyList<string> Allowed { get; init; } = [];
}
