using System.Collections.Concurrent;
using Faultbox.Linux.Native;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Shim;

namespace Faultbox.Linux.Processes;

/// <summary>
/// Starts services. Each gets a watcher process that ends it, and everything it started, when this process lets go of it or dies;
/// so services may be started from any thread.
/// </summary>
public sealed class ServiceLauncher : IDisposable
{
    private readonly ConcurrentDictionary<ServiceProcess, bool> _running = [];
    private volatile bool _namespacesRefused;

    /// <summary>True when this process can give a service a control group of its own.</summary>
    public static bool HasControlGroups => ControlGroup.NextLeaf() is not null;

    /// <summary>Starts a program and returns when it executes.</summary>
    /// <exception cref="LaunchException">A step failed, or the launcher did not get there within 15 seconds.</exception>
    /// <exception cref="ArgumentException">Calls are to be intercepted and nobody decides them.</exception>
    public ServiceProcess Launch(LaunchRequest request)
    {
        if (request.FilteredSyscalls.Count > 0 && request.Handler is null)
        {
            throw new ArgumentException($"\"{request.Name}\" has calls to intercept and nobody to decide them", nameof(request));
        }

        if (request.FilteredSyscalls.Count > 0)
        {
            HandOffDialogue.ConfirmSizes(request.Executable, NotificationSizes.OfKernel);
        }

        while (true)
        {
            var mode = StrongestMode();
            try
            {
                using var handOff = new HandOff(request, mode);
                return Track(handOff.Run());
            }
            catch (LaunchException e) when (e.Step == LaunchStep.Isolate && mode != IsolationMode.ProcessGroup)
            {
                // The kernel or a container policy refuses namespaces: a process group has to do, now and later.
                _namespacesRefused = true;
            }
        }
    }

    /// <summary>Ends the services that still run.</summary>
    public void Dispose()
    {
        foreach (var service in _running.Keys)
        {
            service.Kill();
            service.Exited.Wait();
        }
    }

    /// <summary>Leaves namespaces out, as on a host that refuses them.</summary>
    internal void RefuseNamespaces() => _namespacesRefused = true;

    private IsolationMode StrongestMode()
    {
        if (_namespacesRefused)
        {
            return IsolationMode.ProcessGroup;
        }

        // A user namespace with one mapped id breaks programs that switch user, so the privileged do without.
        return Libc.GetEffectiveUserId() == 0 ? IsolationMode.Namespace : IsolationMode.UserNamespace;
    }

    private ServiceProcess Track(ServiceProcess service)
    {
        _running[service] = true;
        service.Exited.ContinueWith(
            _ => _running.TryRemove(service, out var _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return service;
    }
}
