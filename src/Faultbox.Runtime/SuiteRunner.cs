using System.Diagnostics;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Leaves;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Runtime.Execution;
using Faultbox.Runtime.Services;
using Faultbox.Runtime.Verdicts;

namespace Faultbox.Runtime;

/// <summary>
/// Runs the tests of a specification one after the other. Dispose it after the result was written: the captured output of the services
/// lives in the run directory, which disposing removes.
/// </summary>
public sealed class SuiteRunner : IDisposable
{
    private readonly SpecModel _spec;
    private readonly RunOptions _options;
    private readonly RunContext _run;
    private readonly List<TestResult> _results = [];
    private readonly List<InterruptedTest> _interrupted = [];
    private readonly List<string> _notRun = [];
    private readonly List<Diagnostic> _diagnostics = [];
    private readonly PositiveControl _control = new();
    private CrashRecord? _crash;

    /// <summary>Prepares a run: the run directory exists, no service is started.</summary>
    /// <exception cref="UsageException">A variable that configures the run is malformed.</exception>
    public SuiteRunner(SpecModel spec, RunOptions options, IRunObserver observer)
    {
        _spec = spec;
        _options = options;
        RunId = Guid.NewGuid().ToString("n");
        _run = new RunContext(spec, options, observer, RunId);
    }

    /// <summary>32 hexadecimal digits, new for every run.</summary>
    public string RunId { get; }

    /// <summary>Absolute path of the private directory of this run.</summary>
    public string RunDirectory => _run.Directory.Path;

    /// <summary>Runs the suite. Call it once.</summary>
    /// <param name="cancel">Fires at the first signal: the running body is stopped, services are torn down, the result is partial.</param>
    /// <param name="signal">Name of the signal that interrupted the run, asked for when it was cancelled; null when there is none.</param>
    public SuiteResult Run(CancellationToken cancel, Func<string?>? signal = null)
    {
        var startedAt = DateTime.UtcNow;
        var start = Stopwatch.GetTimestamp();
        LookForShortages();
        LookForUncheckedServices();
        _run.Containers.Prepare(cancel);
        _run.Reach.Begin();
        var topology = new Topology(_run);
        try
        {
            RunTests(topology, cancel);
        }
        finally
        {
            topology.StopAll();
        }

        var outputs = _run.Streams;
        foreach (var streams in outputs)
        {
            streams.Complete();
        }

        return new SuiteResult
        {
            RunId = RunId,
            SpecRoot = _spec.SpecRoot,
            BaseDirectory = _spec.BaseDirectory,
            Seed = _options.Seed,
            StartedAt = startedAt,
            Duration = Stopwatch.GetElapsedTime(start),
            Tests = _results,
            Matrices = _spec.Matrices,
            NotRun = _notRun,
            Interrupted = _interrupted,
            Signal = cancel.IsCancellationRequested ? signal?.Invoke() : null,
            Crash = _crash,
            Diagnostics = [.. _spec.Diagnostics, .. _diagnostics, .. _run.Findings, .. _control.Findings()],
            Prints = _spec.Prints,
            Files = _spec.Files,
            Binaries = _run.Programs,
            Images = _run.Containers.Images,
            Remotes = _run.Remotes,
            Outputs = [.. outputs.Select(s => new ServiceOutput(s.Service, s.StandardOutput.Path, s.StandardError.Path))],
        };
    }

    /// <summary>Kills every child process at once; for a second signal. Safe from any thread.</summary>
    public void Abort() => _run.KillAll();

    /// <summary>Kills what is left and removes the run directory.</summary>
    public void Dispose() => _run.Dispose();

    private void LookForUncheckedServices()
    {
        foreach (var service in _spec.Services.Where(s => s.Healthcheck is null && s.Kind is ServiceKind.Binary or ServiceKind.Container))
        {
            if (!_spec.Diagnostics.Any(d => d.Code == "NO_HEALTHCHECK" && d.Service == service.Name))
            {
                _diagnostics.Add(new Diagnostic(
                    "NO_HEALTHCHECK", $"service \"{service.Name}\" has no healthcheck: it counts as started as soon as it is launched")
                {
                    Service = service.Name,
                    Position = service.Position,
                });
            }
        }
    }

    private void LookForShortages()
    {
        var found = Preflight.Check(_options.BundleDirectory ?? Environment.CurrentDirectory, _run.Directory.Path);
        _run.Shortages = [.. found.Select(d => d.Message)];
        foreach (var diagnostic in found)
        {
            _diagnostics.Add(diagnostic);
            _run.Observer.Diagnostic(diagnostic);
        }
    }

    private void RunTests(Topology topology, CancellationToken cancel)
    {
        var failed = false;
        foreach (var test in _spec.Tests.Where(t => _options.Tests?.Contains(t.Name) ?? true))
        {
            if (cancel.IsCancellationRequested || (failed && _options.FailFast))
            {
                _notRun.Add(test.Name);
                continue;
            }

            failed |= !RunRepeatedly(topology, test, cancel);
        }
    }

    /// <summary>Runs one test as often as asked; false when a run of it failed.</summary>
    private bool RunRepeatedly(Topology topology, TestDefinition test, CancellationToken cancel)
    {
        var passed = true;
        for (var run = 0; run < _options.Runs && (passed || _options.KeepGoing); run++)
        {
            int? index = _options.Runs > 1 ? run : null;
            passed &= RunLeaves(topology, test, index, unchecked(_options.Seed + (ulong)run), cancel);
            if (cancel.IsCancellationRequested)
            {
                return passed;
            }
        }

        return passed;
    }

    /// <summary>Runs every leaf of a test once; false when one failed.</summary>
    private bool RunLeaves(Topology topology, TestDefinition test, int? run, ulong seed, CancellationToken cancel)
    {
        var selection = _options.Leaves;
        var waves = new LeafWaves(selection.Pins, selection.Ids);
        var rows = new List<TestResult>();
        while (NextLeaf(waves, test, out var plan))
        {
            if (cancel.IsCancellationRequested || RunOnce(topology, test, run, seed, plan, waves, cancel) is not { } result)
            {
                _notRun.Add(test.Name);
                break;
            }

            CheckPins(test, plan);
            if (selection.Includes(result.Leaf?.Id ?? 0))
            {
                rows.Add(result);
                _run.Observer.TestFinished(result);
            }
        }

        if (waves.NotFound.FirstOrDefault() is var absent && waves.NotFound.Any() && !cancel.IsCancellationRequested)
        {
            throw new UsageException($"{test.Name} has no leaf {absent}; its axes: {Axes(waves.Axes)}");
        }

        _results.AddRange(rows.OrderBy(r => r.Leaf?.Id));
        return !rows.Exists(r => r.Result is Result.Fail or Result.Error);
    }

    private bool NextLeaf(LeafWaves waves, TestDefinition test, out LeafPlan plan)
    {
        var found = waves.TryNext(out plan);
        return waves.Known <= _options.MostLeaves
            ? found
            : throw new UsageException(
                $"PLAN_LIMIT_EXCEEDED: {test.Name} has more than {_options.MostLeaves} leaves (--max-leaves); its axes: {Axes(waves.Axes)}");
    }

    /// <summary>A digit that an axis does not have is a mistake of whoever wrote the key.</summary>
    private void CheckPins(TestDefinition test, LeafPlan plan)
    {
        foreach (var (axis, _) in plan.Consulted)
        {
            if (axis.Kind != AxisKind.Schedule && _options.Leaves.Pins.TryGet(axis.Kind, axis.Key, out var digit) && digit >= axis.Size)
            {
                throw new UsageException($"{test.Name} has no leaf {axis.KeyText(digit)}; its axes: {Axes(plan.Consulted.Select(c => c.Axis))}");
            }
        }
    }

    private static string Axes(IEnumerable<Axis> axes) =>
        axes.Any() ? string.Join(", ", axes.Select(a => $"{a.Key}: {a.Size}")) : "none";

    /// <summary>Runs one leaf of a test once; null when it was interrupted.</summary>
    private TestResult? RunOnce(
        Topology topology, TestDefinition test, int? run, ulong seed, LeafPlan plan, LeafWaves waves, CancellationToken cancel)
    {
        _run.Observer.TestStarting(test.Name, run);
        foreach (var service in _spec.Services.Where(s => s.Kind is ServiceKind.Binary or ServiceKind.Container))
        {
            _run.StreamsOf(service.Name).Mark(test.Name, run, DateTime.UtcNow);
        }

        using var attempt = new TestAttempt(_run, topology, test, seed, plan, mayRelaunch: true, cancel);
        attempt.Execute();
        if (attempt.Missing.Count == 0)
        {
            return Judge(attempt, test, run, waves);
        }

        foreach (var (service, calls) in attempt.Missing)
        {
            _run.Learn(service, calls);
            _run.Observer.Log(
                RunLogLevel.Info,
                "runtime",
                $"{test.Name}: a fault on {service} needs {string.Join(", ", calls)}, which its filter did not intercept; "
                + "the test runs again with a wider filter",
                []);
        }

        using var second = new TestAttempt(_run, topology, test, seed, new LeafPlan(plan.Pins), mayRelaunch: false, cancel);
        second.Execute();
        return Judge(second, test, run, waves);
    }

    private TestResult? Judge(TestAttempt attempt, TestDefinition test, int? run, LeafWaves waves)
    {
        var session = attempt.Session;
        if (attempt.Cause == EndCause.Interrupted)
        {
            _interrupted.Add(new InterruptedTest(test.Name, session.Seed, attempt.ServiceStates, session.Log));
            return null;
        }

        foreach (var (_, key) in session.Leaf.Pins.Axes.Except(session.Leaf.Consulted.Select(c => (c.Axis.Kind, c.Axis.Key))))
        {
            session.AddDiagnostic(new Diagnostic("LEAF_PIN_UNUSED", $"the leaf fixes \"{key}\", which the test did not reach"));
        }

        var leaf = waves.Complete(session.Leaf);
        _crash ??= TestJudge.CrashOf(attempt, test);
        var result = TestJudge.Judge(attempt, test, run, leaf.Digits.Count > 0 ? leaf : null);
        _control.Add(result, session.Ledger);
        return result;
    }
}
