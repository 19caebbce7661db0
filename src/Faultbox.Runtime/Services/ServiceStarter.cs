using Faultbox.Core.Diagnostics;
using Faultbox.Core.Topology;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Shim;
using Faultbox.Protocols.Relay;
using Faultbox.Runtime.Containers;
using Faultbox.Runtime.Execution;
using Faultbox.Runtime.Readiness;
using Faultbox.Runtime.Supervision;

namespace Faultbox.Runtime.Services;

/// <summary>Brings single services up: program, environment, filter, readiness, seed.</summary>
internal sealed class ServiceStarter(RunContext run)
{
    private const int HttpPort = 80;
    private const int HttpsPort = 443;
    private const string RemoteHints = """
        - reach its cluster from here with telepresence connect, or forward the port with kubectl port-forward
        - or run Faultbox inside the target cluster
        - check that this host can reach it directly: name resolution, route, firewall
        - check the value of remote=
        """;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CallbackGrace = TimeSpan.FromSeconds(2);

    /// <summary>Launches a service; it runs when this returns, with its first intercepted call held back.</summary>
    public ServiceInstance Launch(ServiceDefinition service, TestSession session, CancellationToken cancellation) => service.Kind switch
    {
        ServiceKind.Binary => LaunchProgram(service, session),
        ServiceKind.Container => LaunchContainer(service, session, cancellation),
        ServiceKind.Remote => FindRemote(service, session),
        _ => throw new StartException(
            "LAUNCH_FAILED", $"service \"{service.Name}\" is of a kind that this version does not start", service.Name),
    };

    private ServiceInstance FindRemote(ServiceDefinition service, TestSession session)
    {
        run.NoteRemote(service);
        return new ServiceInstance(service, session.Log);
    }

    private ServiceInstance LaunchContainer(ServiceDefinition service, TestSession session, CancellationToken cancellation)
    {
        var environment = EnvironmentOf(service);
        run.Reach.Require(service, cancellation);
        var filtered = run.Filters.NumbersOf(service.Name);
        var supervisor = Supervise(service, session, filtered);
        try
        {
            var container = run.Containers.Launch(service, environment, filtered, supervisor, run.DirectoryOf(service.Name), cancellation);
            RequireSocketsInReach(service, container);
            run.Bridges.Relay(service, container.ProcessId);
            return new ServiceInstance(
                service,
                container,
                (container.Output.StandardOutput, container.Output.StandardError),
                supervisor,
                run.StreamsOf(service.Name),
                run.Observer,
                session.Log);
        }
        catch
        {
            supervisor?.Begin();
            throw;
        }
    }

    /// <summary>The unix sockets of a container are in its own file system, which only some may enter: who may not hears it before anything waits for them.</summary>
    private static void RequireSocketsInReach(ServiceDefinition service, ContainerProcess container)
    {
        if (service.Interfaces.FirstOrDefault(i => i.SocketPath is not null) is { SocketPath: { } path } endpoint
            && !ProxyUpstream.UnixSocket(path, container.ProcessId).IsInReach)
        {
            container.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw new StartException(
                "LAUNCH_FAILED",
                $"launch container \"{service.Name}\": faultbox may not look into the container for the unix socket of interface \"{endpoint.Name}\", {path} "
                + $"(/proc/{container.ProcessId}/root: permission denied); run faultbox as root with CAP_SYS_PTRACE or as the user and group of the container, or give the interface a port in place of unix=",
                service.Name);
        }
    }

    /// <summary>The supervisor of a service that is about to start; null when none of its calls are intercepted.</summary>
    private SyscallSupervisor? Supervise(ServiceDefinition service, TestSession session, IReadOnlyCollection<int> filtered)
    {
        var supervisor = filtered.Count == 0 ? null : new SyscallSupervisor(run.Timer, run.Paths, session.Windows.CallersOf(service.Name));
        if (session.Windows.Add(service, supervisor?.Callers) is { } engine)
        {
            supervisor!.Attach(engine);
        }

        return supervisor;
    }

    private ServiceInstance LaunchProgram(ServiceDefinition service, TestSession session)
    {
        var program = ExecutableResolver.Resolve(service.Binary!, run.Spec.BaseDirectory, out var problem)
            ?? throw new StartException("LAUNCH_FAILED", $"{ExitedEarly(service)}: exec {service.Binary}: {problem}", service.Name);
        run.AddProgram(service.Binary!, program);
        var environment = EnvironmentOf(service);
        var filtered = run.Filters.NumbersOf(service.Name);
        var supervisor = Supervise(service, session, filtered);
        try
        {
            var process = run.Launcher.Launch(new LaunchRequest
            {
                Name = service.Name,
                Executable = program,
                Arguments = [service.Binary!, .. environment.Arguments],
                Environment = environment.Environment,
                WorkingDirectory = Environment.CurrentDirectory,
                FilteredSyscalls = filtered,
                AllowIoUring = service.AllowIoUring,
                Handler = supervisor,
                RunDirectory = run.DirectoryOf(service.Name),
            });
            if (process.Isolation == ServiceInstance.WeakIsolation)
            {
                run.NoteWeakIsolation();
            }

            return new ServiceInstance(service, process, OutputOf(process), supervisor, run.StreamsOf(service.Name), run.Observer, session.Log);
        }
        catch (LaunchException e)
        {
            supervisor?.Begin();
            var cause = e is { Step: LaunchStep.Execute, Errno: { } errno } ? $"exec {service.Binary}: {errno.Message}" : e.Message;
            throw new StartException("LAUNCH_FAILED", $"{ExitedEarly(service)}: {cause}", service.Name);
        }
    }

    /// <summary>Starts to wait for a service that has a healthcheck.</summary>
    public void BeginWait(ServiceInstance instance, TestSession session, CancellationToken cancellation)
    {
        if (instance.Definition.Healthcheck is not null)
        {
            instance.BeginWait(ReadinessCheck.For(instance, session), cancellation);
        }
    }

    /// <summary>Waits until one of several services is ready and returns it. A failure of any of them ends the wait.</summary>
    public ServiceInstance AwaitReady(IReadOnlyList<ServiceInstance> starting, CancellationToken cancellation)
    {
        var instance = First(starting, cancellation);
        if (instance.Wait is not null)
        {
            instance.EmitReady();
        }

        return instance;
    }

    /// <summary>Waits until one of several services is ready, seeds it, puts its proxies in front of it, and returns it.</summary>
    public ServiceInstance AwaitFirst(IReadOnlyList<ServiceInstance> starting, TestSession session, CancellationToken cancellation)
    {
        var instance = AwaitReady(starting, cancellation);
        if (instance.Definition.Seed is { } seed)
        {
            RunCallback(instance, seed, "seed", session, cancellation);
        }

        session.Proxies.Start(
            instance.Definition, i => UpstreamOf(instance, i));
        return instance;
    }

    /// <summary>Lets the proxies of a service that is started again relay to it, as soon as it listens.</summary>
    public void RelayAgain(ServiceInstance instance)
    {
        foreach (var proxy in run.Proxies.Of(instance.Definition))
        {
            proxy.Relay(UpstreamOf(instance, instance.Definition.FindInterface(proxy.Target.Interface)!));
        }
    }

    private ProxyUpstream UpstreamOf(ServiceInstance instance, InterfaceDefinition endpoint)
    {
        var service = instance.Definition;
        if (endpoint.SocketPath is { } path)
        {
            return ProxyUpstream.UnixSocket(path, service.Kind == ServiceKind.Container ? instance.Process.ProcessId : null);
        }

        var direct = run.Plan.Direct(service, endpoint);
        if (service.Remote is null)
        {
            return new ProxyUpstream("127.0.0.1", direct.Port);
        }

        var isUsual = direct.Port == (endpoint.Tls is null ? HttpPort : HttpsPort);
        return new ProxyUpstream(direct.Host, direct.Port)
        {
            Authority = endpoint.KeepsHost ? null : isUsual ? direct.Authority : direct.ToString(),
        };
    }

    /// <summary>Prepares a service that kept running for another test.</summary>
    public void Continue(ServiceInstance instance, TestSession session, CancellationToken cancellation)
    {
        if (session.Windows.Add(instance.Definition, instance.Supervisor?.Callers) is { } engine)
        {
            instance.Supervisor!.Attach(engine);
        }

        instance.Continue(session.Log);
        session.Proxies.Continue(instance.Definition);
        if ((instance.Definition.Reset ?? instance.Definition.Seed) is { } reset)
        {
            RunCallback(instance, reset, "reset", session, cancellation);
        }
    }

    private ServiceEnvironment EnvironmentOf(ServiceDefinition service)
    {
        try
        {
            return run.EnvironmentOf(service);
        }
        catch (CodedException e)
        {
            throw new StartException(e.Code, e.Message, service.Name);
        }
    }

    private static (Stream StandardOutput, Stream StandardError) OutputOf(ServiceProcess process) => (
        new FileStream(process.StandardOutput, FileAccess.Read, bufferSize: 0),
        new FileStream(process.StandardError, FileAccess.Read, bufferSize: 0));

    private static string ExitedEarly(ServiceDefinition service) => $"service \"{service.Name}\" exited before becoming ready";

    private static string ExitedEarly(ServiceDefinition service, int code) => $"{ExitedEarly(service)} (exit code {code})"
        + (code == 0 ? "; a program that goes on in the background is over with its first process: tell it to stay in the foreground" : "");

    /// <summary>The first service in declaration order that is ready or has no healthcheck.</summary>
    private ServiceInstance First(IReadOnlyList<ServiceInstance> starting, CancellationToken cancellation)
    {
        List<ServiceInstance> pending = [.. starting.Where(i => i.Wait is not null)];
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            ThrowIfAnyFailed(pending);
            if (starting.FirstOrDefault(i => i.Wait is null || i.Wait.Completion.IsCompletedSuccessfully) is { } ready)
            {
                return ready;
            }

            Task[] changes =
            [
                .. pending.Select(i => i.Process.Exited),
                .. pending.Select(i => i.Wait!.Completion).Where(c => !c.IsCompleted),
            ];
            if (Task.WaitAny(changes, (int)ProgressInterval.TotalMilliseconds, cancellation) < 0)
            {
                ReportProgress(pending);
            }
        }
    }

    private void ReportProgress(IEnumerable<ServiceInstance> pending)
    {
        foreach (var wait in pending.Select(i => i.Wait!).Where(w => !w.Completion.IsCompleted))
        {
            run.Observer.Waiting(wait.Service, wait.Kind, wait.Elapsed, wait.Limit, wait.LastCause);
        }
    }

    private void ThrowIfAnyFailed(IReadOnlyList<ServiceInstance> pending)
    {
        foreach (var instance in pending)
        {
            if (!instance.IsRunning)
            {
                throw new StartException(
                    "LAUNCH_FAILED", ExitedEarly(instance.Definition, instance.Process.Exited.Result.Code), instance.Name)
                {
                    Detail = instance.LastOutput(),
                };
            }

            if (instance.Wait!.Completion is { IsCompletedSuccessfully: true, Result: false })
            {
                if (instance.Definition.Remote is not null)
                {
                    throw Unreachable(instance);
                }

                var shortages = string.Concat(run.Shortages.Select(s => $"; {s}"));
                throw new StartException(
                    "HEALTHCHECK_TIMEOUT", $"service \"{instance.Name}\" not ready: {instance.Wait.FailureText}{shortages}", instance.Name)
                {
                    Detail = instance.LastOutput(),
                };
            }

            if (instance.Wait.Completion.IsFaulted)
            {
                instance.Wait.Completion.GetAwaiter().GetResult();
            }
        }
    }

    private static StartException Unreachable(ServiceInstance instance) => new(
        "REMOTE_UNREACHABLE",
        $"remote service \"{instance.Name}\" not reachable at {instance.Wait!.Place}: {instance.Wait.LastCause ?? instance.Wait.FailureText}\n{RemoteHints}",
        instance.Name);

    private static void RunCallback(
        ServiceInstance instance, SpecCallback callback, string phase, TestSession session, CancellationToken cancellation)
    {
        var name = instance.Name;
        var running = SpecThread.Start(
            $"{phase}:{name}", () => callback.Invoke(new CallbackContext($"{phase}:{name}", session, cancellation)));
        try
        {
            running.Wait(cancellation);
        }
        catch (OperationCanceledException)
        {
            Task.WaitAny([running], CallbackGrace);
            instance.IsUntrusted = true;
            throw;
        }

        var outcome = running.GetAwaiter().GetResult();
        if (!outcome.Succeeded)
        {
            instance.IsUntrusted = true;
            throw new StartException(null, $"{phase} service \"{name}\": {phase}() failed: {outcome.Description}", name);
        }

        session.Log.Emit($"service_{phase}", name);
    }
}
