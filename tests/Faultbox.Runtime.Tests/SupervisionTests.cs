using Faultbox.Core.Leaves;
using Faultbox.Core.Verdicts;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;
using Faultbox.Runtime.Execution;
using Faultbox.Runtime.Services;
using Faultbox.Runtime.Supervision;
using Faultbox.Runtime.Verdicts;

namespace Faultbox.Runtime.Tests;

public sealed class SupervisionTests
{
    [Fact]
    public void A_supervisor_that_fails_makes_the_result_an_error_whatever_the_body_says()
    {
        var suite = new Suite().With(Probe.Service("db"), "write");
        using var run = new RunContext(suite.Model, suite.Options, suite.Observer, "supervision-test");
        var topology = new Topology(run);
        var test = new TestDefinition("test_x", Probe.Here, Suite.Wrap(_ =>
        {
            var instance = topology.Find("db")!;
            instance.Supervisor!.Ended(((ServiceProcess)instance.Process).Listener!, new ListenerEnd("receiving failed: bad address"));
            Assert.Fail("the body fails as well");
        }));
        using var attempt = new TestAttempt(run, topology, test, seed: 1, new LeafPlan(), mayRelaunch: false, CancellationToken.None);
        attempt.Execute();
        var row = TestJudge.Judge(attempt, test, run: null, leaf: null);

        Assert.Equal(Result.Error, row.Result);
        Assert.Contains("\"db\" stopped while the service is still running", row.Reason, StringComparison.Ordinal);
        Assert.Contains("receiving failed: bad address", row.Reason, StringComparison.Ordinal);
        Assert.Equal(2, row.Reasons.Count);
        Assert.Equal("receiving failed: bad address", Assert.Single(row.Log.OfType("supervisor_exited")).Field("error"));
        Assert.Contains(row.Diagnostics, d => d.Code == "SUPERVISOR_EXITED");
    }

    [Fact]
    public void A_service_with_nothing_to_intercept_runs_without_a_filter()
    {
        var suite = new Suite().With(Probe.Service("db"));
        using var run = new RunContext(suite.Model, suite.Options, suite.Observer, "unfiltered-test");
        var topology = new Topology(run);
        using var attempt = new TestAttempt(
            run,
            topology,
            new TestDefinition("test_x", Probe.Here, Suite.Wrap(_ =>
            {
                Assert.Null(topology.Find("db")!.Supervisor);
                Assert.Null(((ServiceProcess)topology.Find("db")!.Process).Listener);
            })),
            seed: 1,
            new LeafPlan(),
            mayRelaunch: false,
            CancellationToken.None);
        attempt.Execute();

        Assert.False(attempt.Outcome!.Raised, attempt.Outcome.Message);
    }

    [Fact]
    public void The_filter_of_a_service_grows_by_what_it_lacks()
    {
        var plan = new FilterPlan(new Suite().With(Probe.Service("db"), "fsync").Model, learned: null);

        Assert.Equal(["mkdir", "write"], plan.Missing("db", ["fsync", "mkdir", "write", "write"]));
        plan.Extend("db", ["mkdir"]);
        Assert.Equal(["write"], plan.Missing("db", ["fsync", "mkdir", "write"]));
        Assert.Empty(plan.CallsOf("other"));
    }
}
