using System.Runtime.InteropServices;
using Faultbox.Linux.Native;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Shim;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Linux.Processes;

/// <summary>A started service: its own process and everything it starts.</summary>
public sealed class ServiceProcess : IServiceProcess
{
    private const int ShutdownWrite = 1;
    private static readonly TimeSpan CrashGrace = TimeSpan.FromSeconds(2);

    private readonly int _watcher;
    private readonly IsolationMode _isolation;
    private readonly string? _controlGroup;
    private readonly ServiceChannels _channels;
    private readonly SafeFileHandle _process;
    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _pausing = new();
    private volatile bool _stopped;
    private volatile bool _paused;
    private bool _frozen;

    internal ServiceProcess(
        string name,
        int watcher,
        int processId,
        SafeFileHandle process,
        IsolationMode isolation,
        string? controlGroup,
        ServiceChannels channels,
        NotificationListener? listener)
    {
        (_watcher, ProcessId, _process, _isolation, _controlGroup, _channels, Listener) =
            (watcher, processId, process, isolation, controlGroup, channels, listener);
        new Thread(AwaitExit, 128 * 1024) { IsBackground = true, Name = $"exit {name}" }.Start();
    }

    /// <summary>The service's own process, as Faultbox sees it.</summary>
    public int ProcessId { get; }

    /// <summary>Read end of standard output.</summary>
    public SafeFileHandle StandardOutput => _channels.OutputRead;

    /// <summary>Read end of standard error.</summary>
    public SafeFileHandle StandardError => _channels.ErrorRead;

    /// <summary>Listener of the service's filter, or null when it runs unfiltered.</summary>
    public NotificationListener? Listener { get; }

    /// <summary><c>namespace</c> when the kernel ends every descendant with the service, otherwise <c>process_group</c>.</summary>
    public string Isolation => _isolation == IsolationMode.ProcessGroup ? "process_group" : "namespace";

    /// <summary>True when the service is in the process group of this process, and the signals of its terminal reach both.</summary>
    public bool SharesTerminal { get; internal init; }

    /// <summary>Completes when the service's own process has ended and nothing it started is left.</summary>
    public Task<ExitStatus> Exited => _exited.Task;

    /// <summary>Sends a signal to the service's own process; nothing happens when it has ended.</summary>
    public void Signal(int signal)
    {
        if (!_exited.Task.IsCompleted)
        {
            PidDescriptors.Signal(_process, signal);
        }
    }

    /// <summary>True between <see cref="Pause"/> and <see cref="Resume"/>.</summary>
    public bool IsPaused => _paused;

    /// <summary>Suspends the whole tree: with its control group where there is one, otherwise with <c>SIGSTOP</c>.</summary>
    public void Pause()
    {
        lock (_pausing)
        {
            _paused = true;
            _frozen = _controlGroup is not null && ControlGroup.TryFreeze(_controlGroup, frozen: true);
            if (!_frozen)
            {
                ProcessTree.StopDescendants(_watcher);
            }
        }
    }

    /// <summary>Lets a suspended tree go on; nothing happens when it is not suspended.</summary>
    public void Resume()
    {
        lock (_pausing)
        {
            if (!_paused)
            {
                return;
            }

            if (_frozen)
            {
                ControlGroup.TryFreeze(_controlGroup!, frozen: false);
            }
            else
            {
                ProcessTree.ContinueDescendants(_watcher);
            }

            (_paused, _frozen) = (false, false);
        }
    }

    /// <summary>
    /// Ends the service as a crash would: its own process gets the signal, and what is left of the tree a moment later is killed.
    /// <c>SIGKILL</c> takes the whole tree at once.
    /// </summary>
    /// <param name="signal">Number of the signal.</param>
    public async Task CrashAsync(int signal)
    {
        Signal(signal);
        if (signal != Signals.Kill)
        {
            // A stopped process would not notice.
            Resume();
            await Task.WhenAny(Exited, Task.Delay(CrashGrace)).ConfigureAwait(false);
        }

        Kill();
        await Exited.ConfigureAwait(false);
    }

    /// <summary>Asks the service to end with <c>SIGTERM</c>, and after the grace period kills the whole tree.</summary>
    public async Task<ExitStatus> StopAsync(TimeSpan grace)
    {
        if (!Exited.IsCompleted)
        {
            _stopped = true;
            Signal(Kernel.SignalTerminate);
            Resume();
            if (await Task.WhenAny(Exited, Task.Delay(grace)).ConfigureAwait(false) != Exited)
            {
                Kill();
            }
        }

        return await Exited.ConfigureAwait(false);
    }

    /// <summary>Kills the whole tree at once; <see cref="Exited"/> completes when that is done.</summary>
    public void Kill()
    {
        if (!_exited.Task.IsCompleted)
        {
            _stopped = true;
            EndTree();
        }
    }

    /// <summary>Kills the tree and releases the listener and the pipes.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await Exited.ConfigureAwait(false);
        Listener?.Dispose();
        _channels.Dispose();
        _process.Dispose();
    }

    /// <summary>The watcher kills everything when the lifeline closes, which it does here for writing only: the status may still come.</summary>
    private void EndTree()
    {
        if (_isolation == IsolationMode.ProcessGroup)
        {
            ProcessTree.KillDescendants(_watcher);
        }

        _ = Libc.Shutdown(_channels.Lifeline, ShutdownWrite);
    }

    private void AwaitExit()
    {
        var status = ReceiveStatus();
        EndTree();
        Children.Await(_watcher);
        if (_controlGroup is not null)
        {
            ControlGroup.Remove(_controlGroup);
        }

        _exited.SetResult(ExitStatus.FromWaitStatus(status, _stopped));
    }

    /// <summary>The wait status of the service as its init tells it; when that was killed itself, that of a killed process.</summary>
    private unsafe int ReceiveStatus()
    {
        int status;
        nint count;
        do
        {
            count = Libc.Read((int)_channels.Lifeline.DangerousGetHandle(), &status, sizeof(int));
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == Kernel.EINTR);
        return count == sizeof(int) ? status : Kernel.SignalKill;
    }
}
