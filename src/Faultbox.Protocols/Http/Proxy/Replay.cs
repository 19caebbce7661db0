namespace Faultbox.Protocols.Http.Proxy;

/// <summary>
/// A request that the service executes again on the same connection, after its first answer. The end of that answer reaches the client when
/// the repetitions have been answered, so that they have happened when the client goes on.
/// </summary>
/// <param name="repetitions">How often it is executed again.</param>
internal sealed class Replay(int repetitions)
{
    private readonly TaskCompletionSource<byte[]?> _request = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The bytes of the request; null when they cannot be sent again.</summary>
    public Task<byte[]?> Request => _request.Task;

    /// <summary>Completes when the client may be served again.</summary>
    public Task Finished => _finished.Task;

    /// <summary>The end of the first answer; null until it has come.</summary>
    public byte[]? Held { get; set; }

    /// <summary>Takes one repetition; false when none is left.</summary>
    public bool TryTake() => repetitions-- > 0;

    /// <summary>Gives the bytes of the request.</summary>
    public void Give(byte[]? request) => _request.TrySetResult(request);

    /// <summary>Says that the client may be served again.</summary>
    public void Finish() => _finished.TrySetResult();
}
