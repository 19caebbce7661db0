using Faultbox.Linux.Processes;

namespace Faultbox.Runtime.Services;

/// <summary>Stands for a service that runs elsewhere: there is no process, and it ends with the test.</summary>
internal sealed class RemoteEndpoint : IServiceProcess
{
    private readonly TaskCompletionSource<ExitStatus> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public string Isolation => "remote";

    /// <inheritdoc/>
    public Task<ExitStatus> Exited => _ended.Task;

    /// <inheritdoc/>
    public int ProcessId => 0;

    /// <inheritdoc/>
    public bool IsPaused => false;

    /// <inheritdoc/>
    public Task<ExitStatus> StopAsync(TimeSpan grace)
    {
        Kill();
        return _ended.Task;
    }

    /// <inheritdoc/>
    public void Kill() => _ended.TrySetResult(new ExitStatus(0, null, KilledByUs: true));

    /// <inheritdoc/>
    public void Pause() => throw NoProcess();

    /// <inheritdoc/>
    public void Resume() => throw NoProcess();

    /// <inheritdoc/>
    public Task CrashAsync(int signal) => throw NoProcess();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static InvalidOperationException NoProcess() => new("a remote service has no process");
}
