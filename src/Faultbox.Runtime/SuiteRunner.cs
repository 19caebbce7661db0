using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime;

/// <summary>
/// Runs the tests of a specification one after the other. Dispose it after the result was written: the captured output of the services
/// lives in the run directory, which disposing removes.
/// </summary>
public sealed class SuiteRunner : IDisposable
{
    /// <summary>Prepares a run; nothing is started.</summary>
    public SuiteRunner(SpecModel spec, RunOptions options, IRunObserver observer)
    {
        _ = (spec, options, observer);
        RunId = Guid.NewGuid().ToString("n");
    }

    /// <summary>32 hexadecimal digits, new for every run.</summary>
    public string RunId { get; }

    /// <summary>Runs the suite.</summary>
    /// <param name="cancel">Fires at the first signal: the running body is stopped, services are torn down, the result is partial.</param>
    /// <param name="signal">Name of the signal that interrupted the run, asked for when it was cancelled; null when there is none.</param>
    public SuiteResult Run(CancellationToken cancel, Func<string?>? signal = null) => throw new NotImplementedException();

    /// <summary>Kills every child process at once; for a second signal. Safe from any thread.</summary>
    public void Abort() => throw new NotImplementedException();

    /// <summary>Removes the run directory.</summary>
    public void Dispose()
    {
    }
}
