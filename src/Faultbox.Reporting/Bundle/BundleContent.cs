using Faultbox.Reporting.Host;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Bundle;

/// <summary>Everything a bundle is made of.</summary>
public sealed record BundleContent
{
    /// <summary>The run.</summary>
    public required RunRecord Run { get; init; }

    /// <summary>The program that ran it.</summary>
    public required Producer Producer { get; init; }

    /// <summary>Masks secrets; the one that the other documents of the run were written with.</summary>
    public required Redactor Redactor { get; init; }

    /// <summary>Where it ran.</summary>
    public required HostEnvironment Environment { get; init; }

    /// <summary>When the bundle was made, UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>Command line of the run.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Directory the command was given in.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>The plan document, or null for a bundle without one.</summary>
    public ReadOnlyMemory<byte>? Plan { get; init; }

    /// <summary>The lock that was in force, or null.</summary>
    public ReadOnlyMemory<byte>? Lock { get; init; }
}
