using Faultbox.Core.Holds;
using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime.Tests;

/// <summary>A test that ends, one way or another, while calls are held: nothing hangs, and every held call is let go or gone.</summary>
public sealed class HeldCallsTests : IDisposable
{
    private const int Kill = 9;
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void A_timeout_releases_them()
    {
        var result = Gated(s => Hold(s, calls: 1, () => s.Cancellation.WaitHandle.WaitOne()), timeout: TimeSpan.FromSeconds(2)).RunOne();

        Assert.Equal((Result.Inconclusive, "timeout"), (result.Result, result.Cause));
        Assert.StartsWith("test timeout: body did not complete within", result.Reason, StringComparison.Ordinal);
        Assert.Equal(1, Decisions(result, "allow (released)"));
    }

    [Fact]
    public void An_interruption_releases_them()
    {
        using var interrupt = new CancellationTokenSource();
        var suite = Gated(s => Hold(s, calls: 1, () =>
        {
            interrupt.Cancel();
            s.Cancellation.WaitHandle.WaitOne();
        }));

        var result = suite.RunUntil(interrupt.Token);

        Assert.Single(result.Interrupted);
        Assert.Empty(Probe.ProcessesWith(Probe.MarkerOf(suite.Model.Services[0])));
    }

    [Fact]
    public void The_end_of_the_test_releases_them()
    {
        using var held = new ManualResetEventSlim();
        using var over = new ManualResetEventSlim();
        Thread? branches = null;
        var result = Gated(s =>
        {
            branches = new Thread(() => Hold(s, calls: 1, () =>
            {
                held.Set();
                over.Wait();
            }));
            branches.Start();
            Assert.True(held.Wait(Patience));
        }).RunOne();
        over.Set();
        branches!.Join();

        Assert.Equal(Result.Pass, result.Result);
        Assert.Equal(1, Decisions(result, "allow (released)"));
    }

    [Fact]
    public void Released_calls_run_or_fail_as_the_queue_says()
    {
        var result = new Suite().With(Probe.Service("db"), "write").Test("test_held", s =>
        {
            Assert.Equal("errno 5", Released(s, q => q.ReleaseAll(errno: 5)));
            Assert.Equal("ok", Released(s, q => q.ReleaseAll()));
        }).RunOne();

        Assert.Equal((Result.Pass, null), (result.Result, result.Reason));
        Assert.Equal((1, 1), (Decisions(result, "deny(5) (released)"), Decisions(result, "allow (released)")));
        Assert.Equal(1, Assert.Single(result.Syscalls).Faulted);
    }

    [Fact]
    public void A_service_that_is_killed_while_a_hundred_calls_are_held_is_gone_and_the_result_counts_them()
    {
        var result = Gated(s => Hold(s, calls: 100, () => s.Control!.Crash("db", Kill))).RunOne();

        Assert.Equal((Result.Pass, null), (result.Result, result.Reason));
        Assert.Equal(100, Decisions(result, "hold("));
        Assert.Equal(100, Assert.Single(result.Syscalls).DroppedNotifications);
        Assert.Single(result.Log.OfType("service_crashed"));
    }

    /// <summary>A suite in which writes are held until as many wait as there are branches, which never happens.</summary>
    private static Suite Gated(Action<TestSession> body, TimeSpan? timeout = null)
    {
        var suite = new Suite { Options = new RunOptions { Seed = 41, Gates = ["write"], Quiesce = Never } };
        return suite.With(Probe.Service("db"), "write").Test("test_held", body, timeout);
    }

    /// <summary>What the service answers to a write that was held and released.</summary>
    private string Released(TestSession session, Action<HoldQueue> release)
    {
        var queue = new HoldQueue();
        var engine = Assert.Single(session.Windows.Engines);
        engine.Hold(new HoldRule(queue, ["write"]));
        var answer = Task.Run(() => session.Send("db", $"write {_file}"));
        Assert.True(queue.WaitFor(1, session.Cancellation));
        engine.Hold(null);
        release(queue);
        return answer.GetAwaiter().GetResult();
    }

    private void Hold(TestSession session, int calls, Action meanwhile) => session.Gates.Run(calls + 1, _ =>
    {
        Assert.Equal("ok", session.Send("db", $"swarm {calls} {_file}"));
        Assert.True(SpinWait.SpinUntil(() => Held(session) == calls, Patience), $"{Held(session)} calls are held");
        meanwhile();
    });

    private static int Held(TestSession session) => session.Log.OfType("syscall").Count(e => IsDecision(e.Field("decision"), "hold("));

    private static int Decisions(TestResult result, string decision) => result.Log.OfType("syscall").Count(e => IsDecision(e.Field("decision"), decision));

    private static bool IsDecision(string? text, string decision) => text!.StartsWith(decision, StringComparison.Ordinal);
}
