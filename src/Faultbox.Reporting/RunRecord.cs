using Faultbox.Core.Diagnostics;
using Faultbox.Core.Verdicts;

namespace Faultbox.Reporting;

/// <summary>What is written about one run, whether it has just ended or was found in a journal.</summary>
public sealed record RunRecord
{
    /// <summary>32 hexadecimal digits.</summary>
    public required string RunId { get; init; }

    /// <summary>Root specification as typed.</summary>
    public required string SpecRoot { get; init; }

    /// <summary>Absolute directory of the root specification.</summary>
    public required string BaseDirectory { get; init; }

    /// <summary>Run seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Start, UTC.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>Duration of the whole run.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Rows with a verdict, in execution order.</summary>
    public required IReadOnlyList<IRecordedRow> Rows { get; init; }

    /// <summary>Matrices that some of the rows are cells of, in declaration order; none when they are not known any more.</summary>
    public IReadOnlyList<MatrixDefinition> Matrices { get; init; } = [];

    /// <summary>Tests whose body was cut off.</summary>
    public IReadOnlyList<IInterruptedRow> Interrupted { get; init; } = [];

    /// <summary>Exit code of the run; null when it did not live to have one.</summary>
    public int? ExitCode { get; init; }

    /// <summary>What keeps the run from being complete; null when nothing does.</summary>
    public PartialRun? Partial { get; init; }

    /// <summary>Internal defect, or null.</summary>
    public CrashRecord? Crash { get; init; }

    /// <summary>Findings that belong to no single row.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>Lines printed while the specification loaded.</summary>
    public string Prints { get; init; } = "";

    /// <summary>Files read on behalf of the specification.</summary>
    public IReadOnlyList<CapturedFile> Files { get; init; } = [];

    /// <summary>Captured output of launched services.</summary>
    public IReadOnlyList<ServiceOutput> Outputs { get; init; } = [];

    /// <summary>Counts by outcome.</summary>
    public RunSummary Summary => RunSummary.Of(Rows.Select(r => r.Outcome));

    /// <summary>The record of a run that ended in this process.</summary>
    public static RunRecord Of(SuiteResult suite) => new()
    {
        RunId = suite.RunId,
        SpecRoot = suite.SpecRoot,
        BaseDirectory = suite.BaseDirectory,
        Seed = suite.Seed,
        StartedAt = suite.StartedAt,
        Duration = suite.Duration,
        Rows = [.. suite.Tests.Select(t => new TestRow(suite.SpecRoot, t))],
        Matrices = suite.Matrices,
        Interrupted = [.. suite.Interrupted.Select(t => new CutOffRow(t))],
        ExitCode = suite.ExitCode,
        Partial = PartialRun.Of(suite),
        Crash = suite.Crash,
        Diagnostics = suite.Diagnostics,
        Prints = suite.Prints,
        Files = suite.Files,
        Outputs = suite.Outputs,
    };
}
