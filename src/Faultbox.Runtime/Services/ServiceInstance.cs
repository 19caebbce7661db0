using System.Diagnostics;
using System.Globalization;
using System.Text;
using Faultbox.Core.Events;
using Faultbox.Core.Topology;
using Faultbox.Linux.Processes;
using Faultbox.Runtime.Output;
using Faultbox.Runtime.Readiness;
using Faultbox.Runtime.Supervision;

namespace Faultbox.Runtime.Services;

/// <summary>A launched service: its process, its output, its supervisor, and what has become of it.</summary>
internal sealed class ServiceInstance
{
    /// <summary>Isolation of a process that shares the host's process namespace.</summary>
    public const string WeakIsolation = "process_group";

    private const int DetailLines = 50;
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(1);

    private readonly OutputPump? _standardOutput;
    private readonly OutputPump? _standardError;
    private readonly long _launchedAt = Stopwatch.GetTimestamp();
    private volatile EventLog _log;
    private Task _watch = Task.CompletedTask;
    private int _stopReported;
    private volatile bool _stopping;

    /// <summary>Takes over a launched process.</summary>
    /// <param name="definition">What was launched.</param>
    /// <param name="process">Its process.</param>
    /// <param name="output">What it writes.</param>
    /// <param name="supervisor">Supervisor of its calls; null when it runs without a filter.</param>
    /// <param name="streams">Where its output goes.</param>
    /// <param name="observer">Who sees its output.</param>
    /// <param name="log">Log of the running test.</param>
    public ServiceInstance(
        ServiceDefinition definition,
        IServiceProcess process,
        (Stream StandardOutput, Stream StandardError) output,
        SyscallSupervisor? supervisor,
        ServiceStreams streams,
        IRunObserver observer,
        EventLog log)
    {
        Definition = definition;
        Process = process;
        Supervisor = supervisor;
        if (supervisor is not null)
        {
            supervisor.Callers.MainProcess = process.ProcessId;
            supervisor.Crash = signal => _ = CrashAsync(signal);
        }

        _log = log;
        _standardOutput = new OutputPump(
            $"{Name} stdout", output.StandardOutput, streams.StandardOutput, line => observer.ServiceOutput(Name, standardError: false, line));
        _standardError = new OutputPump(
            $"{Name} stderr", output.StandardError, streams.StandardError, line => observer.ServiceOutput(Name, standardError: true, line));
    }

    /// <summary>Stands for a remote service.</summary>
    /// <param name="definition">The service.</param>
    /// <param name="log">Log of the running test.</param>
    public ServiceInstance(ServiceDefinition definition, EventLog log)
    {
        (Definition, Process, _log) = (definition, new RemoteEndpoint(), log);

        // Its end is none of this run's doing.
        _stopReported = 1;
    }

    /// <summary>What was launched.</summary>
    public ServiceDefinition Definition { get; }

    /// <summary>Name of the service.</summary>
    public string Name => Definition.Name;

    /// <summary>Its process.</summary>
    public IServiceProcess Process { get; }

    /// <summary>Supervisor of its calls; null when it runs without a filter.</summary>
    public SyscallSupervisor? Supervisor { get; }

    /// <summary>The wait for its readiness; null without a healthcheck and before it began.</summary>
    public ReadinessWait? Wait { get; private set; }

    /// <summary>True once it was ready.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Called once when the process has ended, whatever ended it, before its end is finished.</summary>
    public Action? Ended { get; set; }

    /// <summary>True while the process runs.</summary>
    public bool IsRunning => !Process.Exited.IsCompleted;

    /// <summary>True when its state cannot be relied on by a later test.</summary>
    public bool IsUntrusted { get; set; }

    /// <summary>Announces the start in the log and lets the first intercepted call go. A remote service has started when it is ready.</summary>
    public void EmitStarted(bool again = false)
    {
        if (Definition.Remote is not null)
        {
            return;
        }

        if (again)
        {
            _log.Emit("service_restarted", Name);
        }
        else if (Process.Isolation == WeakIsolation)
        {
            _log.Emit("service_started", Name, new EventField("isolation", Process.Isolation));
        }
        else
        {
            _log.Emit("service_started", Name);
        }

        Supervisor?.Begin();
        _watch = WatchExitAsync();
    }

    /// <summary>Starts to wait for readiness; the wait ends with the process.</summary>
    public void BeginWait(ReadinessCheck check, CancellationToken cancellation)
    {
        var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Wait = new ReadinessWait(Name, check, ended.Token);
        Process.Exited.ContinueWith(_ => ended.Cancel(), TaskScheduler.Default);
    }

    /// <summary>Marks the service as ready.</summary>
    public void EmitReady()
    {
        IsReady = true;
        if (Definition.Remote is not { } remote)
        {
            _log.Emit("service_ready", Name);
            return;
        }

        var kind = new EventField("kind", "remote");
        _log.Emit(
            "service_started",
            Name,
            [
                kind,
                .. remote.Written is { } written ? [new EventField("remote", written)] : Array.Empty<EventField>(),
                .. Definition.Interfaces.Select(i => new EventField($"upstream.{i.Name}", remote.Upstreams[i.Name].ToString())),
            ]);
        _log.Emit("service_ready", Name, kind);
    }

    /// <summary>Continues a running service in a new test.</summary>
    public void Continue(EventLog log)
    {
        _log = log;
        log.Emit("service_started", Name);
        if (IsReady)
        {
            log.Emit("service_ready", Name);
        }
    }

    /// <summary>
    /// Ends the service with a signal because the test wants it to crash; completes when nothing of it is left. Its end is recorded as
    /// this crash and counts for no failure of the service.
    /// </summary>
    public Task CrashAsync(int signal)
    {
        if (Interlocked.Exchange(ref _stopReported, 1) == 0)
        {
            _log.Emit("service_crashed", Name, new EventField("signal", Signals.NameOf(signal)));
        }

        _stopping = true;
        return Process.CrashAsync(signal);
    }

    /// <summary>Suspends the process and everything it started.</summary>
    public void Pause()
    {
        _log.Emit("service_paused", Name);
        Process.Pause();
    }

    /// <summary>Lets a suspended service go on.</summary>
    public void Resume()
    {
        _log.Emit("service_resumed", Name);
        Process.Resume();
    }

    /// <summary>Stops the process and everything it started; false when the kernel did not let go of it in time.</summary>
    public async Task<bool> StopAsync()
    {
        _stopping = true;
        if (Process.Exited.IsCompleted)
        {
            ReportStop(await Process.Exited.ConfigureAwait(false), "running");
        }

        var stopped = Process.StopAsync(StopGrace);
        return await Task.WhenAny(stopped, Task.Delay(StopGrace + ExitLimit)).ConfigureAwait(false) == stopped;
    }

    /// <summary>Records the end of a stopped service, unless its end was recorded when it happened, and lets go of the process.</summary>
    /// <param name="phase">What it was stopped for.</param>
    public async Task FinishAsync(string phase = "teardown")
    {
        ReportStop(await Process.Exited.ConfigureAwait(false), phase);
        await _watch.ConfigureAwait(false);
        _standardOutput?.WaitForEnd(DrainLimit);
        _standardError?.WaitForEnd(DrainLimit);
        await Process.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The last lines of standard error, oldest first.</summary>
    public IReadOnlyList<string> LastErrorLines(int count) => _standardError?.LastLines(count) ?? [];

    /// <summary>The last output of the service as lines below a reason; null when it wrote nothing.</summary>
    public string? LastOutput()
    {
        if (!IsRunning)
        {
            _standardOutput?.WaitForEnd(DrainLimit);
            _standardError?.WaitForEnd(DrainLimit);
        }

        var text = new StringBuilder();
        Append(text, "stderr", _standardError?.LastLines(DetailLines) ?? []);
        Append(text, "stdout", _standardOutput?.LastLines(DetailLines) ?? []);
        return text.Length == 0 ? null : text.ToString().TrimEnd('\n');
    }

    /// <summary>What the service was doing, for a run that was cut short.</summary>
    public string StateText()
    {
        if (!IsRunning)
        {
            return $"{Name}: exited (exit code {Process.Exited.Result.Code})";
        }

        if (IsReady)
        {
            return $"{Name}: ready";
        }

        var seconds = (long)Stopwatch.GetElapsedTime(_launchedAt).TotalSeconds;
        return Wait is null
            ? $"{Name}: started, no healthcheck"
            : $"{Name}: started, not ready after {seconds} s{(Wait.LastCause is { } cause ? $", last: {cause}" : "")}";
    }

    private async Task WatchExitAsync()
    {
        var status = await Process.Exited.ConfigureAwait(false);
        if (!_stopping)
        {
            ReportStop(status, "running");
        }

        Ended?.Invoke();
    }

    private void ReportStop(ExitStatus status, string phase)
    {
        if (Interlocked.Exchange(ref _stopReported, 1) != 0)
        {
            return;
        }

        var code = new EventField("exit_code", status.Code.ToString(CultureInfo.InvariantCulture));
        var phaseField = new EventField("phase", phase);
        if (status.Signal is { } signal && !status.KilledByUs)
        {
            _log.Emit("service_stopped", Name, code, new EventField("signal", signal), phaseField);
        }
        else
        {
            _log.Emit("service_stopped", Name, code, phaseField);
        }
    }

    private void Append(StringBuilder text, string stream, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"last lines of {Name} ({stream}):\n");
        foreach (var line in lines)
        {
            text.Append("  ").Append(line).Append('\n');
        }
    }
}
