using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime.Properties;

/// <summary>The monitors of one test while it runs, and what they found.</summary>
internal sealed class MonitorBoard(TestSession session)
{
    private readonly Lock _gate = new();
    private readonly List<Registration> _registrations = [];
    private readonly List<MonitorViolation> _violations = [];
    private readonly TaskCompletionSource _violated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends at the first violation.</summary>
    public Task Violated => _violated.Task;

    /// <summary>True once a property did not hold.</summary>
    public bool IsViolated => Violated.IsCompleted;

    /// <summary>What did not hold, in sequence order.</summary>
    public IReadOnlyList<MonitorViolation> Violations
    {
        get
        {
            lock (_gate)
            {
                return [.. _violations];
            }
        }
    }

    /// <summary>One row per monitor, in the order they were registered first.</summary>
    public IReadOnlyList<MonitorSummary> Summaries
    {
        get
        {
            lock (_gate)
            {
                return [.. _registrations.GroupBy(r => r.Monitor).Select(g =>
                    new MonitorSummary(g.Key.Name, g.Sum(r => r.Matched), g.Sum(r => r.Violations)))];
            }
        }
    }

    /// <summary>Shows every later event to a monitor in its initial state, until the returned watch ends; one that watches already goes on as it is.</summary>
    public IDisposable Add(MonitorDefinition monitor)
    {
        Registration registration;
        lock (_gate)
        {
            if (_registrations.Exists(r => r.Monitor == monitor && !r.IsOver))
            {
                return new Watch(session, null);
            }

            registration = new Registration(monitor, monitor.Start(session));
            _registrations.Add(registration);
        }

        registration.Subscription = session.Log.Subscribe(e => Deliver(registration, e));
        return new Watch(session, registration);
    }

    /// <summary>Ends all monitors; what they found stays.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _registrations.ForEach(r => r.End());
        }
    }

    private void Deliver(Registration registration, TraceEvent traceEvent)
    {
        var step = registration.Step(traceEvent);
        lock (_gate)
        {
            registration.Matched += step.Matched ? 1 : 0;
            if (step.Violation is not { } reason)
            {
                return;
            }

            registration.Violations++;
            _violations.Add(new MonitorViolation(registration.Monitor, traceEvent.Sequence, reason));
        }

        _violated.TrySetResult();
    }

    /// <summary>Ends a registration after it has seen every event up to then.</summary>
    private sealed class Watch(TestSession session, Registration? registration) : IDisposable
    {
        public void Dispose()
        {
            if (registration is { IsOver: false })
            {
                session.Log.Drain();
                registration.End();
            }
        }
    }

    private sealed class Registration(MonitorDefinition monitor, Func<TraceEvent, MonitorStep> step)
    {
        public MonitorDefinition Monitor => monitor;

        public Func<TraceEvent, MonitorStep> Step => step;

        public IDisposable? Subscription { get; set; }

        public int Matched { get; set; }

        public int Violations { get; set; }

        public bool IsOver { get; private set; }

        public void End()
        {
            IsOver = true;
            Subscription?.Dispose();
        }
    }
}

/// <summary>An event after which a property did not hold.</summary>
/// <param name="Monitor">The monitor.</param>
/// <param name="Sequence">Sequence number of the event.</param>
/// <param name="Reason">Why.</param>
internal sealed record MonitorViolation(MonitorDefinition Monitor, long Sequence, string Reason);
