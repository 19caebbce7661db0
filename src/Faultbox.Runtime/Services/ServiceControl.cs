using Faultbox.Core.Diagnostics;

namespace Faultbox.Runtime.Services;

/// <summary>
/// What a test does to the processes of its services: crash, restart, pause, resume. One action at a time; none after the end of the test.
/// </summary>
internal sealed class ServiceControl(Topology topology, TestSession session)
{
    private readonly Lock _gate = new();
    private bool _isOver;
    private volatile bool _hasActed;

    /// <summary>True once the test has ended, restarted or suspended a service: a step that fails after that says nothing about readiness.</summary>
    public bool HasActed => _hasActed;

    /// <summary>Ends a service with a signal and returns when nothing of it is left.</summary>
    public void Crash(string service, int signal) =>
        Act(() => Wait(Running("crash", service).CrashAsync(signal)));

    /// <summary>
    /// Stops a service unless it has ended already, and launches it again with the same filter, addresses and environment. Open windows
    /// stay in force.
    /// </summary>
    /// <param name="service">Service.</param>
    /// <param name="ready">True to wait for its healthcheck.</param>
    public void Restart(string service, bool ready) => Act(() =>
    {
        Launched("restart", service);
        try
        {
            topology.Restart(service, ready, session);
        }
        catch (StartException e)
        {
            if (e.Code is { } code)
            {
                session.AddDiagnostic(new Diagnostic(code, e.Message) { Service = service });
            }

            throw new SessionException($"restart(): {e.Message}{(e.Detail is { } detail ? $"\n{detail}" : "")}");
        }
    });

    /// <summary>Suspends a service and everything it started.</summary>
    public void Pause(string service) => Act(() =>
    {
        var instance = Running("pause", service);
        if (instance.Process.IsPaused)
        {
            throw new SessionException($"pause(): service \"{service}\" is paused already");
        }

        instance.Pause();
    });

    /// <summary>Lets a suspended service go on.</summary>
    public void Resume(string service) => Act(() =>
    {
        var instance = Running("resume", service);
        if (!instance.Process.IsPaused)
        {
            throw new SessionException($"resume(): service \"{service}\" is not paused");
        }

        instance.Resume();
    });

    /// <summary>Refuses further actions, and resumes what is still suspended, so that it can be stopped or used by the next test.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isOver = true;
            foreach (var paused in topology.Instances.Where(i => i.Process.IsPaused).ToList())
            {
                paused.Resume();
            }
        }
    }

    private void Act(Action action)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                throw new SessionException("leaf is over");
            }

            _hasActed = true;
            action();
        }
    }

    private void Wait(Task task) => task.Wait(session.Cancellation);

    private ServiceInstance Running(string action, string service) =>
        Launched(action, service) is { IsRunning: true } instance
            ? instance
            : throw new SessionException($"{action}(): service \"{service}\" is not running; restart({service}) starts it again");

    private ServiceInstance Launched(string action, string service) =>
        topology.Find(service) is { Definition.Remote: null } instance ? instance : throw new SessionException(
            $"{action}(): service \"{service}\" is not running: it is no program that this run has started");
}
