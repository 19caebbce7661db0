using System.Runtime.InteropServices;
using Faultbox.Linux.Native;
using Faultbox.Linux.Seccomp;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Linux.Processes;

/// <summary>A started service: its own process and everything it starts.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly string?[] SignalNames = BuildSignalNames();

    private readonly int _launcher;
    private readonly bool _isNamespace;
    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SafeFileHandle _pidDescriptor;
    private int _stopped;

    internal ServiceProcess(
        string name, int launcher, int processId, bool isNamespace, SafeFileHandle output, SafeFileHandle error, NotificationListener? listener)
    {
        (_launcher, ProcessId, _isNamespace, StandardOutput, StandardError, Listener) = (launcher, processId, isNamespace, output, error, listener);
        _pidDescriptor = new SafeFileHandle(PidDescriptors.Open(processId), ownsHandle: true);
        new Thread(AwaitExit, 128 * 1024) { IsBackground = true, Name = $"exit {name}" }.Start();
    }

    /// <summary>The service's own process, as Faultbox sees it.</summary>
    public int ProcessId { get; }

    /// <summary>Read end of standard output.</summary>
    public SafeFileHandle StandardOutput { get; }

    /// <summary>Read end of standard error.</summary>
    public SafeFileHandle StandardError { get; }

    /// <summary>Listener of the service's filter, or null when it runs unfiltered.</summary>
    public NotificationListener? Listener { get; }

    /// <summary><c>namespace</c> when the kernel ends every descendant with the service, otherwise <c>process_group</c>.</summary>
    public string Isolation => _isNamespace ? "namespace" : "process_group";

    /// <summary>Completes when the service's own process has ended and, in a namespace, all its descendants.</summary>
    public Task<ExitStatus> Exited => _exited.Task;

    /// <summary>Sends a signal to the service's own process; nothing happens when it has ended.</summary>
    public void Signal(int signal)
    {
        if (!_pidDescriptor.IsInvalid)
        {
            PidDescriptors.Signal((int)_pidDescriptor.DangerousGetHandle(), signal);
        }
    }

    /// <summary>Asks the service to end, and after the grace period ends the whole tree.</summary>
    public async Task<ExitStatus> StopAsync(TimeSpan grace)
    {
        if (!Exited.IsCompleted)
        {
            Interlocked.Exchange(ref _stopped, 1);
            Signal(Kernel.SignalTerminate);
            if (await Task.WhenAny(Exited, Task.Delay(grace)).ConfigureAwait(false) != Exited)
            {
                Kill();
            }
        }

        var status = await Exited.ConfigureAwait(false);
        Kill();
        return status;
    }

    /// <summary>Ends the whole tree at once.</summary>
    public void Kill()
    {
        Interlocked.Exchange(ref _stopped, 1);
        if (_isNamespace)
        {
            // The launcher's parent-death signal takes the namespace's first process with it, and that one everything else.
            if (!Exited.IsCompleted)
            {
                Signal(Kernel.SignalKill);
                _ = Libc.Kill(_launcher, Kernel.SignalKill);
            }
        }
        else
        {
            _ = Libc.Kill(-_launcher, Kernel.SignalKill);
        }
    }

    /// <summary>Ends the tree and releases the listener and the pipes.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await Exited.ConfigureAwait(false);
        Listener?.Dispose();
        StandardOutput.Dispose();
        StandardError.Dispose();
        _pidDescriptor.Dispose();
    }

    private static string?[] BuildSignalNames()
    {
        string[] names =
        [
            "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
            "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG",
            "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
        ];
        return [null, .. names];
    }

    private static unsafe int WaitFor(int pid)
    {
        int status;
        while (Libc.WaitPid(pid, &status, 0) < 0 && Marshal.GetLastPInvokeError() == Kernel.EINTR)
        {
        }

        return status;
    }

    private void AwaitExit()
    {
        var status = WaitFor(_launcher);
        var signal = status & 0x7f;
        var code = signal != 0 ? 128 + signal : (status >> 8) & 0xff;
        if (signal == 0 && code > 128)
        {
            // The launcher reports the signal of the service in its own exit status.
            signal = code - 128;
        }

        var byUs = Volatile.Read(ref _stopped) != 0;
        var name = (uint)signal < (uint)SignalNames.Length ? SignalNames[signal] : null;
        _exited.SetResult(new ExitStatus(byUs ? 0 : code, name, byUs));
    }
}
