using Faultbox.Linux.Seccomp;

namespace Faultbox.Linux.Tests;

/// <summary>Programs that make supervision hard. Nothing hangs, nothing is left, and supervision does not fail.</summary>
public sealed class RobustnessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly ServiceFixture _services = new();

    public void Dispose()
    {
        _services.Launcher.Dispose();
        Assert.Empty(_services.Survivors());
        _services.Dispose();
    }

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData(true, 60)]
    [InlineData(false, 6)]
    public async Task A_storm_of_calls_signals_and_dying_threads_ends_nothing(bool waitsKillably, int seconds)
    {
        using var timer = new ReplyTimer();
        var handler = Mixed(timer);
        var request = _services.Request(Probe.Path, ["storm", $"{seconds}"], ServiceFixture.Numbers("getppid"), handler);
        await using var service = _services.Launcher.Launch(request with { WaitsKillably = waitsKillably });

        Assert.Equal(0, (await service.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken)).Code);
        timer.Dispose();

        Assert.Null((await ServiceFixture.Within(handler.Ended)).Failure);
        Assert.True(handler.Received > 1000 * seconds, $"{handler.Received} calls");
        Assert.True(service.Listener!.DroppedNotifications >= handler.DroppedCalls);
        Assert.True(handler.DroppedCalls > 0, "threads died while their calls waited");
    }

    [Theory]
    [InlineData("fork-often", "2000", 2000)]
    [InlineData("exec-often", "200", 201)]
    public async Task Every_child_and_every_new_program_stays_under_the_filter(string how, string times, int calls)
    {
        var handler = RecordingHandler.AllowAll;
        await using var service = _services.Launch(Probe.Path, [how, times], ServiceFixture.Numbers("getppid"), handler);

        Assert.Equal(0, (await service.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken)).Code);

        Assert.Equal(calls, handler.Received);
        Assert.Null((await ServiceFixture.Within(handler.Ended)).Failure);
    }

    [Fact]
    public async Task A_service_killed_while_a_hundred_calls_are_delayed_is_gone_at_once()
    {
        using var timer = new ReplyTimer();
        var handler = new RecordingHandler((listener, ref readonly n) => timer.Schedule(listener, n.Id, TimeSpan.FromHours(1), TimerReply.Continue));
        await using var first = _services.Launch(Probe.Path, ["threads", "60", "1"], ServiceFixture.Numbers("getppid"), handler);
        var other = new RecordingHandler((listener, ref readonly n) => timer.Schedule(listener, n.Id, TimeSpan.FromHours(1), TimerReply.Continue));
        await using var second = _services.Launch(Probe.Path, ["threads", "60", "1"], ServiceFixture.Numbers("getppid"), other);
        Assert.True(SpinWait.SpinUntil(() => handler.Received + other.Received >= 120, TimeSpan.FromSeconds(30)));

        first.Kill();
        second.Kill();

        await ServiceFixture.Within(first.Exited);
        await ServiceFixture.Within(second.Exited);
        timer.Dispose();
        Assert.Equal((60, 60), (handler.DroppedCalls, other.DroppedCalls));
    }

    /// <summary>Most calls run at once; some wait a moment, so that their threads may die meanwhile.</summary>
    private static RecordingHandler Mixed(ReplyTimer timer)
    {
        var count = 0;
        return new RecordingHandler((listener, ref readonly n) =>
        {
            if (++count % 50 == 0)
            {
                timer.Schedule(listener, n.Id, TimeSpan.FromMilliseconds(count % 3), TimerReply.Continue);
            }
            else
            {
                listener.Continue(n.Id);
            }
        });
    }
}
