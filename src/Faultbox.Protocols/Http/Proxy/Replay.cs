using Faultbox.Core.Proxying;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>
/// A request that the service executes again on the same connection, after its first answer. The end of that answer reaches the client when
/// the repetitions have been answered, so that they have happened when the client goes on.
/// </summary>
/// <param name="rule">The rule that repeats it.</param>
/// <param name="facts">The request in the words of events.</param>
/// <param name="repetitions">How often it is executed again.</param>
internal sealed class Replay(ActiveProxyRule rule, RequestFacts facts, int repetitions)
{
    private int _settled;
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

    /// <summary>Records the rule before the first repetition.</summary>
    public void Begin(HttpConversation conversation)
    {
        if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            conversation.Record(rule, facts);
        }
    }

    /// <summary>Takes back that the rule fired when nothing was repeated.</summary>
    public void Settle()
    {
        if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            rule.Withdraw();
        }
    }

    /// <summary>Gives the bytes of the request.</summary>
    public void Give(byte[]? request) => _request.TrySetResult(request);

    /// <summary>Says that the client may be served again.</summary>
    public void Finish() => _finished.TrySetResult();
}
