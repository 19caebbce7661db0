using Faultbox.Core.Events;
using Faultbox.Runtime.Supervision;

namespace Faultbox.Runtime.Execution;

/// <summary>Log lines about the services of a test while it runs: what each was started with, and every intercepted call.</summary>
/// <param name="observer">Receives the lines.</param>
/// <param name="test">Name of the test.</param>
/// <param name="filters">Which calls of each service are intercepted.</param>
internal sealed class CallLog(IRunObserver observer, string test, FilterPlan filters)
{
    private static readonly string[] ShownOfCalls = ["pid", "decision", "op", "label", "path", "latency_ms"];

    /// <summary>Writes the line of an event that has one.</summary>
    public void Write(TraceEvent e)
    {
        switch (e.Type)
        {
            case "syscall":
                observer.Log(
                    FaultedCalls.IsFaulted(e) ? RunLogLevel.Info : RunLogLevel.Debug,
                    "syscall",
                    "syscall intercepted",
                    [new("test", test), new("service", e.Service), new("name", e.Field("syscall")!), .. e.Fields.Where(f => ShownOfCalls.Contains(f.Name))]);
                break;
            case "service_started":
                var calls = filters.CallsOf(e.Service);
                observer.Log(
                    RunLogLevel.Debug,
                    "start",
                    "service started",
                    [new("test", test), new("service", e.Service), .. e.Fields, new("filter", calls.Count > 0 ? string.Join(',', calls) : "none")]);
                break;
        }
    }
}
