using Faultbox.Core.Leaves;
using Faultbox.Core.Verdicts;
using Faultbox.Runtime.Execution;
using Faultbox.Runtime.Services;
using Faultbox.Runtime.Verdicts;

namespace Faultbox.Runtime.Tests;

/// <summary>Threads that die while their calls wait, on either side of the interception.</summary>
public sealed class DyingThreadsTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("Category", "Slow")]
    public void Threads_of_a_busy_service_die_for_a_minute_and_supervision_does_not_fail()
    {
        var result = new Suite().With(Probe.Service("db"), "getppid").Test(
            "test_storm",
            s => s.Under("db", Suite.Rule("getppid", Suite.Delay(TimeSpan.FromMilliseconds(3)) with { Probability = 0.05 }), () =>
            {
                Assert.Equal("ok", s.Send("db", "storm"));
                s.Cancellation.WaitHandle.WaitOne(Duration);
                Assert.Equal("pong", s.Send("db", "still there?"));
            }),
            timeout: Duration * 3).RunOne();

        Assert.Equal((Result.Pass, null), (result.Result, result.Reason));
        Assert.Empty(result.Log.OfType("supervisor_exited"));
        var calls = Assert.Single(result.Syscalls);
        Assert.True(calls.Total > 100_000, $"{calls.Total} calls");
        Assert.True(calls.DroppedNotifications > 0, "threads died while their calls waited");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void A_receive_thread_that_dies_makes_the_result_an_error_although_the_body_passes()
    {
        var suite = new Suite().With(Probe.Service("db"), "write");
        using var run = new RunContext(suite.Model, suite.Options, suite.Observer, "dying-receiver");
        var topology = new Topology(run);
        var test = new TestDefinition("test_x", Probe.Here, Suite.Wrap(s =>
        {
            Assert.Equal("ok", s.Send("db", "swarm 1 first"));

            // Whoever decides without an engine dies of it.
            topology.Find("db")!.Supervisor!.Attach(null!);
            Assert.Equal("ok", s.Send("db", "swarm 1 second"));
            var thread = SpinWait.SpinUntil(() => !ReceivesCalls(), TimeSpan.FromSeconds(30));
            Assert.True(thread, "the receive thread lives");
        }));
        using var attempt = new TestAttempt(run, topology, test, seed: 1, new LeafPlan(), mayRelaunch: false, CancellationToken.None);
        attempt.Execute();
        var row = TestJudge.Judge(attempt, test, run: null, leaf: null);

        Assert.Equal(Result.Error, row.Result);
        Assert.Contains("\"db\" stopped while the service is still running, so its intercepted calls block indefinitely", row.Reason, StringComparison.Ordinal);
        Assert.StartsWith("deciding a call failed", Assert.Single(row.Log.OfType("supervisor_exited")).Field("error"), StringComparison.Ordinal);
        Assert.Contains(row.Diagnostics, d => d.Code == "SUPERVISOR_EXITED");

        bool ReceivesCalls() => topology.Find("db")!.Supervisor!.Receives;
    }
}
