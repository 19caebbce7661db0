using System.Diagnostics;
using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Core.Leaves;
using Faultbox.Core.Topology;
using Faultbox.Runtime.Faults;
using Faultbox.Runtime.Services;

namespace Faultbox.Runtime.Execution;

/// <summary>What ended a test body.</summary>
internal enum EndCause
{
    /// <summary>It returned, or nothing was started.</summary>
    Natural,

    /// <summary>Its deadline passed.</summary>
    Timeout,

    /// <summary>A monitor was violated.</summary>
    ImmediateFail,

    /// <summary>The run was interrupted.</summary>
    Interrupted,
}

/// <summary>One execution of one test, from the start of its services to their end. Used once, by the thread that runs the tests.</summary>
internal sealed class TestAttempt : IDisposable
{
    private static readonly TimeSpan UnwindLimit = TimeSpan.FromSeconds(2);

    private readonly RunContext _run;
    private readonly Topology _topology;
    private readonly TestDefinition _test;
    private readonly CancellationToken _interrupt;
    private readonly CancellationTokenSource _leaf;
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Prepares an execution.</summary>
    public TestAttempt(
        RunContext run, Topology topology, TestDefinition test, ulong seed, LeafPlan leaf, bool mayRelaunch, CancellationToken interrupt)
    {
        _run = run;
        _topology = topology;
        _test = test;
        _interrupt = interrupt;
        _leaf = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        Session = new TestSession(run, test.Name, seed, leaf, new EventLog(TimeProvider.System, run.Paths), _leaf, mayRelaunch);
        Session.Control = new ServiceControl(topology, Session);
        if (run.Options.LogsCalls)
        {
            Session.Log.Subscribe(new CallLog(run.Observer, test.Name, run.Filters).Write);
        }
    }

    /// <summary>The session.</summary>
    public TestSession Session { get; }

    /// <summary>Calls that are gated in this run.</summary>
    public IReadOnlyCollection<string> Gates => _run.Options.Gates;

    /// <summary>Whether nondeterminism that is not tolerated fails the test; null for what the specification says.</summary>
    public bool? Strict => _run.Options.StrictDeterminism;

    /// <summary>Start, UTC.</summary>
    public DateTime StartedAt { get; } = DateTime.UtcNow;

    /// <summary>Duration so far; of the whole execution once it is over.</summary>
    public TimeSpan Duration { get; private set; }

    /// <summary>What ended the body.</summary>
    public EndCause Cause { get; private set; }

    /// <summary>Time the body took when its deadline passed.</summary>
    public TimeSpan BodyTime { get; private set; }

    /// <summary>How the body ended; null when it never ran or did not stop.</summary>
    public BodyOutcome? Outcome { get; private set; }

    /// <summary>True when the outcome is that of the setup.</summary>
    public bool FailedInSetup { get; private set; }

    /// <summary>Why the services could not be started; null when they were.</summary>
    public StartException? StartFailure { get; private set; }

    /// <summary>A defect of Faultbox that came to light; null otherwise.</summary>
    public Exception? Defect { get; private set; }

    /// <summary>True when the body did not stop when it was told to.</summary>
    public bool BodyLeaked { get; private set; }

    /// <summary>Supervision failures by service.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> SupervisorFailures { get; private set; } = [];

    /// <summary>State of each service at the moment of an interruption.</summary>
    public IReadOnlyList<string> ServiceStates { get; private set; } = [];

    /// <summary>Calls that the running filters lacked; when there are any, the execution counts for nothing.</summary>
    public IReadOnlyList<MissingCalls> Missing => Session.Windows.Missing;

    /// <summary>Executes the test.</summary>
    public void Execute()
    {
        if (StartServices())
        {
            foreach (var monitor in _run.Spec.Monitors)
            {
                Session.Watch(monitor);
            }

            RunBody();
        }

        if (_interrupt.IsCancellationRequested && Outcome is null && Defect is null)
        {
            Cause = EndCause.Interrupted;
            ServiceStates = [.. _run.Spec.Services.Select(StateOf)];
        }

        DrainMonitors();
        Session.End();
        Session.Gates.End();
        Session.Control!.End();
        NoteSupervisorHealth();
        Session.Windows.CloseLeaked();
        Session.Proxies.CloseLeaked();
        _topology.StopTest(also: [.. Missing.Select(m => m.Service)]);
        Session.Proxies.Detach();
        Session.Log.Close();
        DrainCallLog();
        Duration = Stopwatch.GetElapsedTime(_start);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A body that leaked still holds the token; it was cancelled and has nothing to release.
        if (!BodyLeaked)
        {
            _leaf.Dispose();
        }
    }

    private bool StartServices()
    {
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(_interrupt);
        budget.CancelAfter(_run.Budget);
        try
        {
            _topology.Start(Session, budget.Token);
            return true;
        }
        catch (StartException e)
        {
            StartFailure = e;
        }
        catch (OperationCanceledException)
        {
            if (!_interrupt.IsCancellationRequested)
            {
                StartFailure = _topology.DescribeUnfinishedStart(_run.Budget);
            }
        }
        catch (Exception e)
        {
            Defect = e;
        }

        return false;
    }

    private void RunBody()
    {
        var bodyStart = Stopwatch.GetTimestamp();
        var limit = _test.Timeout ?? Remaining();
        var body = SpecThread.Start($"body:{_test.Name}", RunSetupAndBody);
        var finished = WaitFor(body, limit);
        BodyTime = Stopwatch.GetElapsedTime(bodyStart);
        if (!finished)
        {
            Cause = _interrupt.IsCancellationRequested ? EndCause.Interrupted
                : Session.Monitors.IsViolated ? EndCause.ImmediateFail
                : EndCause.Timeout;
            Session.Cancel();
            finished = Task.WaitAny([body], UnwindLimit) == 0;
            BodyLeaked = !finished;
        }

        if (finished && Cause != EndCause.Interrupted && !_interrupt.IsCancellationRequested)
        {
            TakeOutcome(body);
        }
    }

    private void TakeOutcome(Task<BodyOutcome> body)
    {
        if (body.IsFaulted)
        {
            Defect = body.Exception.InnerException;
        }
        else if (body.IsCompletedSuccessfully)
        {
            Outcome = body.Result;
        }
        else
        {
            Outcome = new BodyOutcome { Raised = true, Cancelled = true, Message = "the test is over" };
        }
    }

    private BodyOutcome RunSetupAndBody()
    {
        if (_test.Setup is { } setup && setup(Session) is { Raised: true } failed)
        {
            FailedInSetup = true;
            return failed;
        }

        return _test.Body(Session);
    }

    /// <summary>
    /// Lets the monitors see everything up to here, so that no violation is lost to a body that returned in the same moment; what a monitor
    /// threw is a defect. A body that leaked may hold what a monitor waits for.
    /// </summary>
    private void DrainMonitors()
    {
        try
        {
            if (!BodyLeaked)
            {
                Session.Log.Drain();
            }
        }
        catch (Exception e)
        {
            Defect ??= e;
        }

        Session.Monitors.Stop();
        if (Session.Monitors.Violations is [var first, ..] && Cause != EndCause.Interrupted)
        {
            Cause = EndCause.ImmediateFail;
            Session.Log.Emit(
                "violation",
                "test",
                new("kind", "monitor"),
                new("property", first.Monitor.Name),
                new("at_seq", first.Sequence.ToString(CultureInfo.InvariantCulture)),
                new("message", first.Reason));
        }
    }

    /// <summary>Nothing about a test is logged after its verdict.</summary>
    private void DrainCallLog()
    {
        if (_run.Options.LogsCalls && !BodyLeaked)
        {
            Session.Log.Drain();
        }
    }

    private TimeSpan Remaining()
    {
        var remaining = _run.Budget - Stopwatch.GetElapsedTime(_start);
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }

    /// <summary>True when the body ended before its limit, an interruption and the first violation.</summary>
    private bool WaitFor(Task body, TimeSpan limit)
    {
        try
        {
            return Task.WaitAny([body, Session.Monitors.Violated], (int)Math.Min(limit.TotalMilliseconds, int.MaxValue), _interrupt) == 0;
        }
        catch (OperationCanceledException)
        {
            return body.IsCompleted;
        }
    }

    private string StateOf(ServiceDefinition service) =>
        _topology.Find(service.Name)?.StateText() ?? $"{service.Name}: not started";

    private void NoteSupervisorHealth()
    {
        List<KeyValuePair<string, string>> failures = [];
        foreach (var instance in _topology.Instances)
        {
            instance.Supervisor?.AwaitEnd();
            if (instance.Supervisor?.Failure is { } failure)
            {
                failures.Add(new(instance.Name, failure));
                Session.Log.Emit("supervisor_exited", instance.Name, new EventField("error", failure));
                instance.IsUntrusted = true;
            }
        }

        SupervisorFailures = failures;
    }
}
