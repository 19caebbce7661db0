using System.Diagnostics;
using Faultbox.Core.Diagnostics;
using Faultbox.Runtime;
using Faultbox.Spec.Loading;
using Starlark;

namespace Faultbox.Spec.Execution;

/// <summary>What a specification thread runs.</summary>
internal enum ScopeKind
{
    /// <summary>A module.</summary>
    Load,

    /// <summary>The body of a test.</summary>
    Body,

    /// <summary>The setup of a test.</summary>
    Setup,

    /// <summary>The seed of a service.</summary>
    Seed,

    /// <summary>The reset of a service.</summary>
    Reset,

    /// <summary>A readiness condition.</summary>
    Ready,

    /// <summary>A callback of a property.</summary>
    Observer,
}

/// <summary>What the builtins called on a specification thread act on; the host state of that thread.</summary>
internal sealed class SpecScope
{
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>What runs.</summary>
    public required ScopeKind Kind { get; init; }

    /// <summary>The loaded specification.</summary>
    public required SpecRegistry Registry { get; init; }

    /// <summary>The running test; null while the specification loads.</summary>
    public TestSession? Session { get; init; }

    /// <summary>Budget of the body, when the test has one of its own.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>Ends what blocks.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Held while the thread runs code that can reach unfrozen values; null when it cannot.</summary>
    public SpecLock? Lock { get; init; }

    /// <summary>What observes, for messages, such as <c>monitor "one leader"</c>; empty when the thread may act.</summary>
    public string Observer { get; init; } = "";

    /// <summary>True for callbacks that only observe.</summary>
    public bool Observes => Kind == ScopeKind.Observer;

    /// <summary>True while the specification loads.</summary>
    public bool IsLoading => Kind == ScopeKind.Load;

    /// <summary>The running test; only builtins of the run phase may ask.</summary>
    public TestSession RunningSession => Session ?? throw new InvalidOperationException("no test is running");

    /// <summary>On whose behalf steps are made.</summary>
    public StepPhase StepPhase => Kind switch
    {
        ScopeKind.Seed => StepPhase.Seed,
        ScopeKind.Reset => StepPhase.Reset,
        ScopeKind.Ready => StepPhase.Ready,
        _ => StepPhase.Body,
    };

    /// <summary>What is left of the budget; null without one.</summary>
    public TimeSpan? Remaining => Budget is { } budget ? budget - Stopwatch.GetElapsedTime(_start) : null;

    /// <summary>The scope of a thread.</summary>
    public static SpecScope Of(StarlarkThread thread) => (SpecScope)thread.HostState!;

    /// <summary>Runs a function that blocks, letting other code of the specification run meanwhile.</summary>
    public T Block<T>(Func<T> function) => Lock is { } held ? held.Release(function) : function();

    /// <summary>Adds a finding to the running test, or to the specification while it loads.</summary>
    public void Report(Diagnostic diagnostic)
    {
        if (Session is { } session)
        {
            session.AddDiagnostic(diagnostic);
        }
        else
        {
            Registry.Diagnostics.Add(diagnostic);
        }
    }
}
