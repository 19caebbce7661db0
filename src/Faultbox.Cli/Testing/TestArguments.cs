using Faultbox.Core.Leaves;

namespace Faultbox.Cli.Testing;

/// <summary>A <c>test</c> command line, checked.</summary>
internal sealed record TestArguments
{
    /// <summary>Root specification as typed.</summary>
    public required string Spec { get; init; }

    /// <summary>Selection, or null for all tests.</summary>
    public string? Pattern { get; init; }

    /// <summary>Explicit seed.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Repetitions of each test.</summary>
    public int Runs { get; init; } = 1;

    /// <summary>Leaves to run.</summary>
    public LeafSelection Leaves { get; init; } = LeafSelection.All;

    /// <summary>Largest number of leaves of a test, or null for the default.</summary>
    public int? MostLeaves { get; init; }

    /// <summary>Whether nondeterminism fails tests, or null for what the specification says.</summary>
    public bool? StrictDeterminism { get; init; }

    /// <summary>Kernel calls whose order is explored.</summary>
    public IReadOnlyCollection<string> Gates { get; init; } = [];

    /// <summary>Quiet time before a release, or null for the default.</summary>
    public TimeSpan? Quiesce { get; init; }

    /// <summary>Preemptions of a schedule, or null for the default.</summary>
    public int? Preemptions { get; init; }

    /// <summary>Hide passing and halted tests on the terminal.</summary>
    public bool ShowFailuresOnly { get; init; }

    /// <summary>One JSON document on standard output.</summary>
    public bool Json { get; init; }

    /// <summary>File for the JSON document, or null.</summary>
    public string? OutputFile { get; init; }

    /// <summary>Bundle path, or null for the default name.</summary>
    public string? BundleFile { get; init; }

    /// <summary>Leave no bundle.</summary>
    public bool NoBundle { get; init; }

    /// <summary>Load and list only.</summary>
    public bool DryRun { get; init; }

    /// <summary><c>console</c>, <c>json</c> or null for the stream's default.</summary>
    public string? LogFormat { get; init; }

    /// <summary>Log more.</summary>
    public bool Debug { get; init; }
}
