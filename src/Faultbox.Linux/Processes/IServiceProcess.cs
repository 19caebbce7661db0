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
}
