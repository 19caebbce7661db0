using Faultbox.Core.Leaves;

namespace Faultbox.Runtime;

/// <summary>How a suite is run.</summary>
public sealed record RunOptions
{
    /// <summary>Seed of the run; run <c>i</c> of a repeated test uses this plus <c>i</c>.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How often each test is run, at least 1. A test stops repeating at its first failed or errored run.</summary>
    public int Runs { get; init; } = 1;

    /// <summary>True to tell the observer of every start of a service and of every intercepted call while a test runs.</summary>
    public bool LogsCalls { get; init; }

    /// <summary>Names of the tests to run, as <see cref="TestSelection"/> chose them; null for all.</summary>
    public IReadOnlyList<string>? Tests { get; init; }

    /// <summary>Which executions of tests that have several are run.</summary>
    public LeafSelection Leaves { get; init; } = LeafSelection.All;

    /// <summary>Largest number of executions of one run of one test.</summary>
    public int MostLeaves { get; init; } = 10_000;

    /// <summary>Whether nondeterminism that is not tolerated fails a test; null for what the specification says.</summary>
    public bool? StrictDeterminism { get; init; }

    /// <summary>Kernel calls whose order is controlled inside a gated <c>parallel()</c>; empty for none.</summary>
    public IReadOnlyCollection<string> Gates { get; init; } = [];

    /// <summary>How long no gated call may come before those that wait are taken for all.</summary>
    public TimeSpan Quiesce { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How often a schedule may let another thread run although the one that ran last could go on.</summary>
    public int Preemptions { get; init; } = 2;

    /// <summary>True to go on repeating a test after a failed run.</summary>
    public bool KeepGoing { get; init; }

    /// <summary>True to start no further test after the first failed row.</summary>
    public bool FailFast { get; init; }

    /// <summary>
    /// Directory in which the run creates its own, named by its run id, private and removed when the runner is disposed; null for
    /// <c>$TMPDIR/faultbox-&lt;uid&gt;</c>.
    /// </summary>
    public string? RunDirectory { get; init; }

    /// <summary>Directory that the bundle will be written to; its free space is checked before the first test. Null for the current directory.</summary>
    public string? BundleDirectory { get; init; }

    /// <summary>
    /// Budget of starting the services, and of bodies without a budget of their own. Null for <c>FAULTBOX_TEST_BUDGET</c>, else 3 minutes.
    /// </summary>
    public TimeSpan? TestBudget { get; init; }
}
