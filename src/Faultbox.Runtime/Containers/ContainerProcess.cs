using System.Globalization;
using Faultbox.Containers;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Runtime.Containers;

/// <summary>A running container.</summary>
internal sealed class ContainerProcess : IServiceProcess
{
    private const int SignalBase = 128;
    private const int Terminate = 15;
    private const int Killed = 9;

    // What the engine's own programs allow, half as long.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CrashGrace = TimeSpan.FromSeconds(2);

    private readonly Engine _engine;
    private readonly ImageDetails _image;
    private readonly NotificationListener? _listener;
    private readonly SafeFileHandle? _process;
    private readonly Farewell? _farewell;
    private readonly Lock _pausing = new();
    private volatile bool _stopped;
    private volatile bool _paused;
    private int _disposed;

    /// <summary>Takes over a started container.</summary>
    public ContainerProcess(
        Engine engine,
        string id,
        ImageDetails image,
        int processId,
        Task<int> exited,
        ContainerOutput output,
        (NotificationListener Listener, SafeFileHandle Process)? supervision,
        Farewell? farewell)
    {
        (_engine, Id, _image, ProcessId, Output, _farewell) = (engine, id, image, processId, output, farewell);
        (_listener, _process) = (supervision?.Listener, supervision?.Process);
        Exited = ReadExitAsync(exited);
    }

    /// <summary>The engine's identifier.</summary>
    public string Id { get; }

    /// <summary>Its output.</summary>
    public ContainerOutput Output { get; }

    /// <inheritdoc/>
    public string Isolation => "container";

    /// <inheritdoc/>
    public Task<ExitStatus> Exited { get; }

    /// <inheritdoc/>
    public int ProcessId { get; }

    /// <summary>
    /// True when the number of its first process is one of this machine: an engine elsewhere counts processes of its own. The engine names the
    /// control group of a container after it (proc(5), <c>/proc/pid/cgroup</c>).
    /// </summary>
    public bool IsSeen
    {
        get
        {
            try
            {
                return File.ReadAllText($"/proc/{ProcessId}/cgroup").Contains(Id, StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public bool IsPaused => _paused;

    /// <inheritdoc/>
    public void Pause()
    {
        lock (_pausing)
        {
            _paused = true;
            Request(limit => _engine.PauseAsync(Id, limit));
        }
    }

    /// <inheritdoc/>
    public void Resume()
    {
        lock (_pausing)
        {
            if (_paused)
            {
                Request(limit => _engine.ResumeAsync(Id, limit));
                _paused = false;
            }
        }
    }

    /// <inheritdoc/>
    public Task CrashAsync(int signal) => Task.Run(async () =>
    {
        // The engine signals no suspended container.
        Resume();
        if (signal != Killed)
        {
            Request(limit => _engine.KillAsync(Id, limit, signal));
            await Task.WhenAny(Exited, Task.Delay(CrashGrace)).ConfigureAwait(false);
        }

        Kill();
        await Exited.ConfigureAwait(false);
    });

    /// <summary>Asks the container to end, as its image wants to be asked; it is killed after 5 seconds.</summary>
    public async Task<ExitStatus> StopAsync(TimeSpan grace)
    {
        if (!Exited.IsCompleted)
        {
            _stopped = true;
            Resume();
            try
            {
                if (HearsTheRequest())
                {
                    await _engine.StopAsync(Id, StopGrace, CancellationToken.None).ConfigureAwait(false);
                }
                else
                {
                    await _engine.KillAsync(Id, CancellationToken.None).ConfigureAwait(false);
                }
            }
            catch (EngineException)
            {
                // It ended by itself meanwhile.
            }
        }

        return await Exited.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Kill()
    {
        if (Exited.IsCompleted)
        {
            return;
        }

        _stopped = true;
        Request(limit => _engine.KillAsync(Id, limit));
    }

    /// <summary>Removes the container with its anonymous volumes, and releases the listener.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _stopped = true;
        try
        {
            using var limit = new CancellationTokenSource(RequestLimit);
            await _engine.RemoveAsync(Id, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException)
        {
            // The next run removes what this one cannot.
        }

        _listener?.Dispose();
        _process?.Dispose();
        _farewell?.Dispose();
    }

    private static void Request(Func<CancellationToken, Task> send)
    {
        using var limit = new CancellationTokenSource(RequestLimit);
        try
        {
            send(limit.Token).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException)
        {
            // It ended by itself, or the engine is gone and its containers with it.
        }
    }

    /// <summary>
    /// False when the first process has no handler for SIGTERM: the kernel keeps default actions from the first process of a namespace, so
    /// asking would only cost the whole grace period.
    /// </summary>
    private bool HearsTheRequest()
    {
        const string Caught = "SigCgt:";
        if (_image.Config?.StopSignal is { Length: > 0 } signal && signal is not ("SIGTERM" or "TERM" or "15"))
        {
            return true;
        }

        try
        {
            var line = File.ReadLines($"/proc/{ProcessId}/status").FirstOrDefault(l => l.StartsWith(Caught, StringComparison.Ordinal));
            return line is null
                || !ulong.TryParse(line.AsSpan(Caught.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var caught)
                || (caught & (1UL << (Terminate - 1))) != 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private async Task<ExitStatus> ReadExitAsync(Task<int> exited)
    {
        int code;
        try
        {
            code = await exited.ConfigureAwait(false);
        }
        catch (Exception e) when (e is EngineException or IOException or HttpRequestException)
        {
            // An engine that went away takes its containers with it, as far as anybody can tell.
            code = SignalBase + Killed;
        }

        var signal = code switch
        {
            SignalBase + Killed => "SIGKILL",
            SignalBase + Terminate => "SIGTERM",
            SignalBase + 11 => "SIGSEGV",
            SignalBase + 6 => "SIGABRT",
            _ => null,
        };
        return new ExitStatus(_stopped && signal is not null ? 0 : code, signal, _stopped);
    }
}
