using System.Collections.Concurrent;
using System.Text;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Runtime.Tests;

/// <summary>A specification made by hand, and a run of it.</summary>
internal sealed class Suite
{
    private readonly List<ServiceDefinition> _services = [];
    private readonly List<TestDefinition> _tests = [];
    private readonly Dictionary<string, IReadOnlyCollection<string>> _filters = [];

    public RecordingObserver Observer { get; } = new();

    public RunOptions Options { get; set; } = new() { Seed = 41 };

    public Suite With(ServiceDefinition service, params string[] filteredKeywords)
    {
        _services.Add(service);
        if (filteredKeywords.Length > 0)
        {
            _filters[service.Name] = [.. filteredKeywords.SelectMany(SyscallFamilies.Expand)];
        }

        return this;
    }

    public Suite Test(string name, Action<TestSession> body, TimeSpan? timeout = null) =>
        Test(new TestDefinition(name, Probe.Here, Wrap(body)) { Timeout = timeout });

    public Suite Test(TestDefinition test)
    {
        _tests.Add(test);
        return this;
    }

    public SpecModel Model => new()
    {
        SpecRoot = "test.star",
        BaseDirectory = Environment.CurrentDirectory,
        Services = _services,
        Tests = [.. _tests.OrderBy(t => t.Name, StringComparer.Ordinal)],
        FilteredSyscalls = _filters,
    };

    public SuiteResult Run() => RunUntil(CancellationToken.None);

    /// <summary>Runs the suite and looks at the result while the run directory still exists.</summary>
    public void Inspect(Action<SuiteRunner, SuiteResult> inspect)
    {
        using var runner = new SuiteRunner(Model, Options, Observer);
        inspect(runner, runner.Run(CancellationToken.None));
    }

    public SuiteResult RunUntil(CancellationToken interrupt)
    {
        using var runner = new SuiteRunner(Model, Options, Observer);
        return runner.Run(interrupt, () => "SIGINT");
    }

    public TestResult RunOne() => Assert.Single(Run().Tests);

    /// <summary>A body that raises what its action throws, as the language binding does.</summary>
    public static Func<TestSession, BodyOutcome> Wrap(Action<TestSession> body) => session =>
    {
        try
        {
            body(session);
            return BodyOutcome.Completed;
        }
        catch (OperationCanceledException)
        {
            return new BodyOutcome { Raised = true, Cancelled = true, Message = "cancelled" };
        }
        catch (SessionException e)
        {
            return new BodyOutcome { Raised = true, Message = e.Message, FailureType = FailureType.Error };
        }
        catch (Xunit.Sdk.XunitException e)
        {
            return new BodyOutcome { Raised = true, Message = e.Message, FailureType = FailureType.Assertion };
        }
    };

    public static FaultRule Rule(string keyword, FaultDefinition fault) => new(
        keyword, null, SyscallFamilies.Expand(keyword), SyscallFamilies.BaseMembers(keyword), null, fault, Probe.Here);

    public static FaultDefinition Deny(string errno) => new() { Kind = FaultKind.Deny, Errnos = [Errno.TryParse(errno, out var e) ? e : default] };

    public static FaultDefinition Delay(TimeSpan delay) => new() { Kind = FaultKind.Delay, Delay = delay };

    public static FaultDefinition Trace { get; } = new() { Kind = FaultKind.Trace };
}

/// <summary>Actions of test bodies.</summary>
internal static class SessionActions
{
    /// <summary>Sends a line to a probe and returns its answer; asserts that the exchange succeeded.</summary>
    public static string Send(this TestSession session, string service, string line)
    {
        var response = session.Step(new InterfaceAddress(service, "main"), "send", [new("data", line)], StepPhase.Body, session.TestName);
        session.CountAssertion();
        Assert.True(response.Success, response.Error);
        return response.Text;
    }

    public static void Under(this TestSession session, string service, FaultRule rule, Action action)
    {
        var window = session.OpenFaults(service, [rule], Probe.Here);
        action();
        session.Close(window);
    }
}

/// <summary>Keeps what a run reported.</summary>
internal sealed class RecordingObserver : IRunObserver
{
    public ConcurrentQueue<string> Notices { get; } = new();

    public ConcurrentQueue<string> Output { get; } = new();

    public ConcurrentQueue<string> Waits { get; } = new();

    public Action<string>? OnOutput { get; set; }

    public Action<string>? OnWaiting { get; set; }

    public void TestStarting(string name, int? run) => Notices.Enqueue(run is null ? $"start {name}" : $"start {name} {run}");

    public void TestFinished(TestResult result) => Notices.Enqueue($"{result.Result} {result.Name}");

    public void Waiting(string service, string check, TimeSpan elapsed, TimeSpan limit, string? lastCause)
    {
        Waits.Enqueue($"{service}: {check}, last: {lastCause}");
        OnWaiting?.Invoke(service);
    }

    public void ServiceOutput(string service, bool standardError, ReadOnlySpan<byte> line)
    {
        var text = $"{service} {(standardError ? "err" : "out")}: {Encoding.UTF8.GetString(line)}";
        Output.Enqueue(text);
        OnOutput?.Invoke(text);
    }

    public void Printed(string test, string line) => Notices.Enqueue($"{test} printed {line}");

    public void Log(RunLogLevel level, string component, string message, IReadOnlyList<EventField> fields) => Notices.Enqueue(message);

    public void Diagnostic(Diagnostic diagnostic) => Notices.Enqueue(diagnostic.Code);

    public void FilterLearned(string service, IReadOnlyCollection<string> syscalls) =>
        Notices.Enqueue($"learned {service}: {string.Join(",", syscalls)}");
}
