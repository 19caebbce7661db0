namespace Faultbox.Linux.Processes;

/// <summary>A started service, whatever started it.</summary>
public interface IServiceProcess : IAsyncDisposable
{
    /// <summary>How its descendants are kept together: <c>namespace</c>, <c>process_group</c> or <c>container</c>.</summary>
    string Isolation { get; }

    /// <summary>Completes when the service has ended and nothing it started is left.</summary>
    Task<ExitStatus> Exited { get; }

    /// <summary>Asks it to end, and kills everything it started after the grace period.</summary>
    Task<ExitStatus> StopAsync(TimeSpan grace);

    /// <summary>Kills everything at once.</summary>
    void Kill();

    /// <summary>The service's own process, as Faultbox sees it.</summary>
    int ProcessId { get; }

    /// <summary>True between <see cref="Pause"/> and <see cref="Resume"/>.</summary>
    bool IsPaused { get; }

    /// <summary>Suspends the service and everything it started.</summary>
    void Pause();

    /// <summary>Lets a suspended service go on; nothing happens when it is not suspended.</summary>
    void Resume();

    /// <summary>Ends the service as a crash would: it gets the signal, and what is left of it a moment later is killed.</summary>
    /// <param name="signal">Number of the signal.</param>
    Task CrashAsync(int signal);
}
