using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime;

/// <summary>Watches a run while it happens. Members are called from several threads, one call at a time, and must return quickly.</summary>
public interface IRunObserver
{
    /// <summary>A test is about to start.</summary>
    /// <param name="name">Test name.</param>
    /// <param name="run">Number of the run, from 0, when the test is repeated; otherwise null.</param>
    void TestStarting(string name, int? run);

    /// <summary>A test got its verdict.</summary>
    void TestFinished(TestResult result);

    /// <summary>A service is not ready yet; called about four times a second for as long as it is waited for.</summary>
    /// <param name="service">Service waited for.</param>
    /// <param name="check">Kind of its check, for example <c>tcp</c>.</param>
    /// <param name="elapsed">Time waited.</param>
    /// <param name="limit">Time allowed.</param>
    /// <param name="lastCause">Why the last attempt failed; null before the first one ended.</param>
    void Waiting(string service, string check, TimeSpan elapsed, TimeSpan limit, string? lastCause);

    /// <summary>A launched service wrote a line.</summary>
    /// <param name="service">Service.</param>
    /// <param name="standardError">True for standard error.</param>
    /// <param name="line">The line without its end; valid during the call only.</param>
    void ServiceOutput(string service, bool standardError, ReadOnlySpan<byte> line);

    /// <summary>The body of a test printed a line.</summary>
    void Printed(string test, string line);

    /// <summary>Something worth a log line.</summary>
    void Log(RunLogLevel level, string component, string message, IReadOnlyList<EventField> fields);

    /// <summary>A finding that belongs to no single test.</summary>
    void Diagnostic(Diagnostic diagnostic);

    /// <summary>
    /// A rule needed calls that the filter of a service did not intercept; the service was relaunched with them. Whoever keeps filters
    /// between runs should remember them.
    /// </summary>
    void FilterLearned(string service, IReadOnlyCollection<string> syscalls);
}

/// <summary>Seriousness of a log line.</summary>
public enum RunLogLevel
{
    /// <summary>For those who debug Faultbox or a specification.</summary>
    Debug,

    /// <summary>Progress.</summary>
    Info,

    /// <summary>Something is not as it should be.</summary>
    Warning,

    /// <summary>Something failed.</summary>
    Error,
}
