using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;

namespace Faultbox.Core.Verdicts;

/// <summary>Everything known about one run of a specification.</summary>
public sealed record SuiteResult
{
    /// <summary>32 hexadecimal digits, new for every run.</summary>
    public required string RunId { get; init; }

    /// <summary>Root specification as the user typed it.</summary>
    public required string SpecRoot { get; init; }

    /// <summary>Absolute directory of the root specification.</summary>
    public required string BaseDirectory { get; init; }

    /// <summary>Run seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Start, UTC.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>Duration of the whole run.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Executed rows, in order.</summary>
    public required IReadOnlyList<TestResult> Tests { get; init; }

    /// <summary>Names of selected tests that never got a verdict because the run was cut short.</summary>
    public IReadOnlyList<string> NotRun { get; init; } = [];

    /// <summary>Tests whose body was cut off, with the events recorded until then.</summary>
    public IReadOnlyList<InterruptedTest> Interrupted { get; init; } = [];

    /// <summary>Signal that interrupted the run, for example <c>SIGINT</c>; null otherwise.</summary>
    public string? Signal { get; init; }

    /// <summary>An internal defect that ended or damaged the run; null otherwise.</summary>
    public CrashRecord? Crash { get; init; }

    /// <summary>Findings that belong to no single row.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>Lines printed while the specification loaded.</summary>
    public string Prints { get; init; } = "";

    /// <summary>Files read on behalf of the specification.</summary>
    public IReadOnlyList<CapturedFile> Files { get; init; } = [];

    /// <summary>Programs of the launched services: path as written to resolved absolute path.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Binaries { get; init; } = [];

    /// <summary>Digests of the container images that were used, by reference.</summary>
    public IReadOnlyDictionary<string, string> Images { get; init; } = new Dictionary<string, string>();

    /// <summary>Endpoints that Faultbox does not own and that were used.</summary>
    public IReadOnlyList<RemoteUse> Remotes { get; init; } = [];

    /// <summary>Captured output of launched services.</summary>
    public IReadOnlyList<ServiceOutput> Outputs { get; init; } = [];

    /// <summary>Matrices of the specification, in declaration order.</summary>
    public IReadOnlyList<MatrixDefinition> Matrices { get; init; } = [];

    /// <summary>Rows with the given verdict.</summary>
    public int Count(Result result) => Tests.Count(t => t.Result == result);

    /// <summary>Exit code of the run: 0, 2, 3 or 4.</summary>
    public int ExitCode =>
        Count(Result.Fail) + Count(Result.Error) > 0 ? 2
        : NotRun.Count + Interrupted.Count > 0 ? 4
        : Count(Result.Inconclusive) > 0 ? 3
        : 0;
}

/// <summary>A test that was running when the run was cut short.</summary>
/// <param name="Name">Test name.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="ServiceStates">Last state of each service, for example <c>db: started, not ready after 41 s, last: connection refused</c>.</param>
/// <param name="Log">Events until then.</param>
public sealed record InterruptedTest(string Name, ulong Seed, IReadOnlyList<string> ServiceStates, EventLog Log);

/// <summary>An internal defect.</summary>
/// <param name="Panic">What happened.</param>
/// <param name="Stack">Host stack.</param>
/// <param name="LastTest">Test that was running.</param>
public sealed record CrashRecord(string Panic, string? Stack, string? LastTest);

/// <summary>A file that was read on behalf of the specification.</summary>
/// <param name="AbsolutePath">Where it was read.</param>
/// <param name="PathAsWritten">How the specification named it.</param>
/// <param name="Content">Its bytes at that moment.</param>
public sealed record CapturedFile(string AbsolutePath, string PathAsWritten, ReadOnlyMemory<byte> Content);

/// <summary>An endpoint that Faultbox does not own.</summary>
/// <param name="Service">Service name.</param>
/// <param name="Interface">Interface name.</param>
/// <param name="Host"><c>host:port</c> that was dialed.</param>
/// <param name="Protocol">Protocol name.</param>
/// <param name="UsedAt">When it was used first, UTC.</param>
public sealed record RemoteUse(string Service, string Interface, string Host, string Protocol, DateTime UsedAt);

/// <summary>Captured output of one service, both streams spooled to files of the run directory.</summary>
/// <param name="Service">Service.</param>
/// <param name="StandardOutputFile">Spool file of standard output.</param>
/// <param name="StandardErrorFile">Spool file of standard error.</param>
public sealed record ServiceOutput(string Service, string StandardOutputFile, string StandardErrorFile);
