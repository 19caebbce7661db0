using Faultbox.Core.Holds;

namespace Faultbox.Core.Tests.Holds;

public sealed class HoldQueueTests
{
    private readonly HoldQueue _queue = new();
    private readonly List<string> _answers = [];

    [Fact]
    public void Calls_are_released_in_the_order_they_came()
    {
        Hold("a", "b", "c");
        Assert.True(_queue.ReleaseOne());
        Assert.True(_queue.ReleaseOne(errno: 5));
        Assert.Equal(["a 0", "b 5"], _answers);
        Assert.Equal(["c"], _queue.Names);
    }

    [Fact]
    public void A_call_is_released_by_position_or_by_name()
    {
        Hold("a", "b", "c");
        Assert.True(_queue.ReleaseAt(2));
        Assert.True(_queue.ReleaseNamed("b"));
        Assert.False(_queue.ReleaseNamed("b"));
        Assert.False(_queue.ReleaseAt(1));
        Assert.False(_queue.ReleaseAt(-1));
        Assert.Equal(["c 0", "b 0"], _answers);
    }

    [Fact]
    public void All_are_released_with_one_answer_and_later_ones_wait_again()
    {
        Hold("a", "b");
        Assert.Equal(2, _queue.ReleaseAll(errno: 5));
        Hold("c");
        Assert.Equal(["a 5", "b 5"], _answers);
        Assert.Equal(["c"], _queue.Names);
    }

    [Fact]
    public void Closing_allows_what_waits_and_what_comes_later()
    {
        Hold("a");
        _queue.Close();
        Hold("b");
        _queue.Close();
        Assert.Equal(["a 0", "b 0"], _answers);
        Assert.False(_queue.WaitFor(1, CancellationToken.None));
    }

    [Fact]
    public async Task Waiting_ends_when_enough_calls_are_held()
    {
        var waiting = Task.Run(() => _queue.WaitFor(2, CancellationToken.None));
        Hold("a");
        Assert.False(waiting.IsCompleted);
        Hold("b");
        Assert.True(await waiting);
    }

    [Fact]
    public async Task Waiting_ends_when_the_queue_is_closed_or_the_wait_is_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var cancelled = Task.Run(() => _queue.WaitFor(1, cancellation.Token));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);

        var closed = Task.Run(() => _queue.WaitFor(1, CancellationToken.None));
        _queue.Close();
        Assert.False(await closed);
        _queue.WaitForQuiet(Timeout.InfiniteTimeSpan, CancellationToken.None);
    }

    [Fact]
    public void Quiet_is_when_no_call_came_for_a_while()
    {
        Hold("a");
        _queue.WaitForQuiet(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        Assert.Equal(["a"], _queue.Names);
    }

    private void Hold(params string[] names)
    {
        foreach (var name in names)
        {
            _queue.Add(new HeldCall(name, errno => _answers.Add($"{name} {errno}")));
        }
    }
}
