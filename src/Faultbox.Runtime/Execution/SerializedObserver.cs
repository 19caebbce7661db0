using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime.Execution;

/// <summary>Passes notices on one at a time, whichever thread they come from.</summary>
internal sealed class SerializedObserver(IRunObserver inner) : IRunObserver
{
    private readonly Lock _gate = new();

    public void TestStarting(string name, int? run)
    {
        lock (_gate)
        {
            inner.TestStarting(name, run);
        }
    }

    public void TestFinished(TestResult result)
    {
        lock (_gate)
        {
            inner.TestFinished(result);
        }
    }

    public void Waiting(string service, string check, TimeSpan elapsed, TimeSpan limit, string? lastCause)
    {
        lock (_gate)
        {
            inner.Waiting(service, check, elapsed, limit, lastCause);
        }
    }

    public void ServiceOutput(string service, bool standardError, ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            inner.ServiceOutput(service, standardError, line);
        }
    }

    public void Printed(string test, string line)
    {
        lock (_gate)
        {
            inner.Printed(test, line);
        }
    }

    public void Log(RunLogLevel level, string component, string message, IReadOnlyList<EventField> fields)
    {
        lock (_gate)
        {
            inner.Log(level, component, message, fields);
        }
    }

    public void Diagnostic(Diagnostic diagnostic)
    {
        lock (_gate)
        {
            inner.Diagnostic(diagnostic);
        }
    }

    public void FilterLearned(string service, IReadOnlyCollection<string> syscalls)
    {
        lock (_gate)
        {
            inner.FilterLearned(service, syscalls);
        }
    }
}
