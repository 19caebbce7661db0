using Faultbox.Core.Topology;
using Faultbox.Runtime.Execution;

namespace Faultbox.Runtime.Services;

/// <summary>
/// The services of a run: starts them for a test in dependency order, keeps those alive that are reused, and stops them with dependents
/// first. Used by the thread that runs the tests, and by the body of a running test for single services.
/// </summary>
internal sealed class Topology
{
    private readonly RunContext _run;
    private readonly ServiceStarter _starter;
    private readonly IReadOnlyList<IReadOnlyList<ServiceDefinition>> _levels;
    private readonly Dictionary<string, ServiceInstance> _instances = new(StringComparer.Ordinal);

    /// <summary>Plans the start order; nothing is started.</summary>
    public Topology(RunContext run)
    {
        _run = run;
        _starter = new ServiceStarter(run);
        var order = StartOrder.Of(run.Spec.Services);
        _levels = Environment.GetEnvironmentVariable("FAULTBOX_START") == "sequential" ? [.. order.Services.Select(Alone)] : order.Levels;
    }

    /// <summary>The launched instance of a service; null when it was not started.</summary>
    public ServiceInstance? Find(string service) => _instances.GetValueOrDefault(service);

    /// <summary>Launched instances in start order.</summary>
    public IEnumerable<ServiceInstance> Instances => _levels.SelectMany(InstancesOf);

    /// <summary>Starts every service that is not running, and prepares the reused ones for the test.</summary>
    /// <exception cref="StartException">A service could not be started.</exception>
    /// <exception cref="OperationCanceledException">The start was cancelled.</exception>
    public void Start(TestSession session, CancellationToken cancellation)
    {
        RecreateBroken();
        PortWait.Await(_run.Spec.Services.Where(s => s.Kind == ServiceKind.Binary && Find(s.Name) is null), cancellation);
        foreach (var level in _levels)
        {
            List<ServiceInstance> continued = InstancesOf(level);
            foreach (var service in level.Where(s => Find(s.Name) is null))
            {
                cancellation.ThrowIfCancellationRequested();
                _starter.BeginWait(Launch(service, session, cancellation), session, cancellation);
            }

            foreach (var instance in continued)
            {
                _starter.Continue(instance, session, cancellation);
            }

            // Whoever is ready first is reachable first: a service of the same level may be waiting for it.
            List<ServiceInstance> starting = [.. InstancesOf(level).Except(continued)];
            while (starting.Count > 0)
            {
                starting.Remove(_starter.AwaitFirst(starting, session, cancellation));
            }
        }
    }

    /// <summary>Starts a service again that was launched for this test, after stopping what is left of it.</summary>
    /// <param name="service">Service.</param>
    /// <param name="ready">True to wait for its healthcheck.</param>
    /// <param name="session">The running test.</param>
    /// <exception cref="StartException">It could not be stopped or started.</exception>
    /// <exception cref="OperationCanceledException">The test is over.</exception>
    public void Restart(string service, bool ready, TestSession session)
    {
        var previous = _instances[service];
        if (!previous.StopAsync().GetAwaiter().GetResult())
        {
            throw new StartException("LAUNCH_FAILED", $"service \"{service}\" did not end although it was killed", service);
        }

        previous.FinishAsync("restart").GetAwaiter().GetResult();
        _instances.Remove(service);
        _run.Remove(previous);
        PortWait.Await([previous.Definition], session.Cancellation);
        var instance = Launch(previous.Definition, session, session.Cancellation, again: true);
        _starter.RelayAgain(instance);
        if (ready)
        {
            _starter.BeginWait(instance, session, session.Cancellation);
            _starter.AwaitReady([instance], session.Cancellation);
        }
    }

    /// <summary>Stops what does not outlive a test: dependents first, services of one level at the same time.</summary>
    /// <param name="also">Services to stop although they are reused.</param>
    public void StopTest(IReadOnlyCollection<string> also) =>
        Stop(i => !i.Definition.Reuse || i.IsUntrusted || !i.IsRunning || also.Contains(i.Name));

    /// <summary>Stops everything.</summary>
    public void StopAll() => Stop(_ => true);

    private ServiceInstance Launch(ServiceDefinition service, TestSession session, CancellationToken cancellation, bool again = false)
    {
        var instance = _starter.Launch(service, session, cancellation);
        _instances.Add(service.Name, instance);
        _run.Add(instance);
        instance.Ended = () => _run.Proxies.Orphan(service, hasDied: true);
        instance.EmitStarted(again);
        return instance;
    }

    /// <summary>The failure of a start that used up its budget: what was still waited for.</summary>
    public StartException DescribeUnfinishedStart(TimeSpan budget)
    {
        var unready = Instances.Where(i => i.Wait is not null && !i.IsReady).ToList();
        var states = string.Join("; ", unready.Select(i => i.StateText()));
        return new StartException(
            "HEALTHCHECK_TIMEOUT",
            $"the budget of {Durations.Text(budget)} for starting services is used up{(states.Length == 0 ? "" : $": {states}")}",
            unready.FirstOrDefault()?.Name)
        {
            Detail = unready.FirstOrDefault()?.LastOutput(),
        };
    }

    private static IReadOnlyList<ServiceDefinition> Alone(ServiceDefinition service) => [service];

    private List<ServiceInstance> InstancesOf(IEnumerable<ServiceDefinition> services) =>
        [.. services.Select(s => Find(s.Name)).OfType<ServiceInstance>()];

    private void RecreateBroken()
    {
        foreach (var dead in Instances.Where(i => !i.IsRunning).Select(i => i.Name).ToList())
        {
            _run.Observer.Log(
                RunLogLevel.Warning, "runtime", $"service {dead} ended since the last test and is started again", []);
        }

        Stop(i => !i.IsRunning || i.IsUntrusted);
    }

    private void Stop(Func<ServiceInstance, bool> chosen)
    {
        foreach (var level in _levels.Reverse())
        {
            List<ServiceInstance> stopping = [.. InstancesOf(level).Where(chosen)];
            stopping.ForEach(i => _run.Proxies.Orphan(i.Definition));
            var stopped = Task.WhenAll(stopping.Select(i => i.StopAsync())).GetAwaiter().GetResult();
            foreach (var (instance, ended) in stopping.Zip(stopped))
            {
                _instances.Remove(instance.Name);
                if (ended)
                {
                    instance.FinishAsync().GetAwaiter().GetResult();
                    _run.Remove(instance);
                }
                else
                {
                    _run.Observer.Log(RunLogLevel.Error, "runtime", $"service {instance.Name} did not end although it was killed", []);
                }
            }
        }
    }
}
