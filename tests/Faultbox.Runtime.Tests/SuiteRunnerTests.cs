using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime.Tests;

public sealed class SuiteRunnerTests
{
    [Fact]
    public void A_test_starts_its_service_talks_to_it_and_passes()
    {
        var db = Probe.Service("db");
        var test = new Suite().With(db).Test("test_ping", s => Assert.Equal("pong", s.Send("db", "ping"))).RunOne();

        Assert.Equal(Result.Pass, test.Result);
        Assert.Equal(1, test.Assertions);
        Assert.Equal(
            ["service_started db", "service_ready db", "proxy_started db", "step_send test", "step_recv test", "service_stopped db"],
            test.Log.From(0).Where(e => !e.Type.StartsWith("proxy_conn_", StringComparison.Ordinal)).Select(e => $"{e.Type} {e.Service}"));
        Assert.Empty(Probe.ProcessesWith(Probe.MarkerOf(db)));
    }

    [Fact]
    public void A_failed_assertion_fails_the_test_with_its_message()
    {
        var test = new Suite().Test("test_x", _ => Assert.Fail("200 != 507")).RunOne();

        Assert.Equal(Result.Fail, test.Result);
        Assert.Contains("200 != 507", test.Reason, StringComparison.Ordinal);
        Assert.Equal(FailureType.Assertion, test.FailureType);
        Assert.Contains(test.Diagnostics, d => d.Code == "ASSERTION_MISMATCH");
    }

    [Fact]
    public void Tests_run_in_order_of_their_names_and_only_those_chosen()
    {
        var suite = new Suite().Test("test_c", _ => { }).Test("test_a", _ => { }).Test("test_b", _ => { });
        suite.Options = suite.Options with { Tests = ["test_c", "test_a"] };

        Assert.Equal(["test_a", "test_c"], suite.Run().Tests.Select(t => t.Name));
    }

    [Fact]
    public void Runs_advance_the_seed_and_stop_at_the_first_failure()
    {
        var suite = new Suite().Test("test_x", s => Assert.NotEqual(43UL, s.Seed));
        suite.Options = suite.Options with { Runs = 5 };
        var tests = suite.Run().Tests;

        Assert.Equal([41UL, 42UL, 43UL], tests.Select(t => t.Seed));
        Assert.Equal([0, 1, 2], tests.Select(t => t.Run));
        Assert.Equal([Result.Pass, Result.Pass, Result.Fail], tests.Select(t => t.Result));
    }

    [Fact]
    public void Every_service_gets_the_addresses_of_the_others()
    {
        var db = Probe.Service("db");
        var api = Probe.Service("api", "db") with { Environment = [new("DB", $"db:{db.Interfaces[0].Port}")] };
        var test = new Suite().With(db).With(api).Test("test_env", s =>
        {
            var address = s.Send("api", "env DB");
            Assert.StartsWith("127.0.0.1:", address, StringComparison.Ordinal);
            Assert.NotEqual($"127.0.0.1:{db.Interfaces[0].Port}", address);
            Assert.Equal(address, s.Send("api", "env FAULTBOX_DB_MAIN_ADDR"));
            Assert.Equal(address, $"127.0.0.1:{s.Send("api", "env FAULTBOX_DB_MAIN_PORT")}");
        }).RunOne();

        Assert.True(test.Result == Result.Pass, test.Reason);
    }

    [Fact]
    public void Services_start_after_their_dependencies_and_stop_before_them()
    {
        var test = new Suite()
            .With(Probe.Service("b", "z"))
            .With(Probe.Service("a"))
            .With(Probe.Service("z"))
            .Test("test_order", _ => { })
            .RunOne();

        var lifecycle = test.Log.From(0).Where(e => e.Type.StartsWith("service_", StringComparison.Ordinal)).Select(e => $"{e.Type[8..]} {e.Service}").ToList();

        // The two that depend on nothing start side by side.
        Assert.Equal(["ready a", "ready z", "started a", "started z"], lifecycle.Take(4).Order(StringComparer.Ordinal));
        Assert.Equal(["started b", "ready b", "stopped b", "stopped a", "stopped z"], lifecycle.Skip(4));
    }

    [Fact]
    public void A_body_that_outlives_its_deadline_is_inconclusive()
    {
        var test = new Suite()
            .Test("test_slow", s => s.Cancellation.WaitHandle.WaitOne(), TimeSpan.FromMilliseconds(100))
            .RunOne();

        Assert.Equal(Result.Inconclusive, test.Result);
        Assert.Equal("timeout", test.Cause);
        Assert.StartsWith("test timeout: body did not complete within ", test.Reason, StringComparison.Ordinal);
        Assert.False(test.BodyLeaked);
    }

    [Fact]
    public async Task A_body_that_ignores_its_cancellation_is_left_behind_and_can_do_nothing_more()
    {
        using var release = new ManualResetEventSlim();
        var refusal = new TaskCompletionSource<Exception?>();
        var suite = new Suite()
            .Test(new TestDefinition("test_stubborn", Probe.Here, session =>
            {
                release.Wait(CancellationToken.None);
                refusal.SetResult(Record.Exception(() => session.OpenFaults("db", [], Probe.Here)));
                return BodyOutcome.Completed;
            })
            { Timeout = TimeSpan.FromMilliseconds(50) });
        var test = suite.RunOne();
        release.Set();

        Assert.True(test.BodyLeaked);
        Assert.Equal("leaf is over", Assert.IsType<SessionException>(await refusal.Task).Message);
    }

    [Fact]
    public void A_failed_setup_fails_the_test_before_its_body()
    {
        var ran = false;
        var test = new Suite().Test(new TestDefinition("test_x", Probe.Here, Suite.Wrap(_ => ran = true))
        {
            Setup = Suite.Wrap(_ => throw new SessionException("no table")),
        }).RunOne();

        Assert.Equal(Result.Fail, test.Result);
        Assert.Equal("setup: no table", test.Reason);
        Assert.Equal(FailureType.Setup, test.FailureType);
        Assert.False(ran);
    }

    [Fact]
    public void A_body_may_recurse_deeply()
    {
        static int Depth(int n)
        {
            Span<byte> frame = stackalloc byte[512];
            frame.Fill(1);
            return n == 0 ? 0 : Depth(n - 1) + frame[0];
        }

        Assert.Equal(Result.Pass, new Suite().Test("test_deep", _ => Assert.Equal(10_000, Depth(10_000))).RunOne().Result);
    }

    [Fact]
    public void Printed_lines_are_shown_and_kept()
    {
        var suite = new Suite().Test("test_x", s =>
        {
            s.Print("one");
            s.Print("two");
        });

        Assert.Equal("one\ntwo\n", suite.RunOne().Prints);
        Assert.Contains("test_x printed two", suite.Observer.Notices);
    }

    [Fact]
    public void A_defect_in_the_host_is_an_error_and_the_suite_goes_on()
    {
        var suite = new Suite()
            .Test(new TestDefinition("test_a", Probe.Here, _ => throw new InvalidOperationException("broken")))
            .Test("test_b", _ => { });
        var result = suite.Run();

        Assert.Equal([Result.Error, Result.Pass], result.Tests.Select(t => t.Result));
        Assert.Equal("test_a", result.Crash?.LastTest);
        Assert.Contains("broken", result.Crash?.Panic, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interface_that_never_worked_in_a_passing_test_lacks_a_positive_control()
    {
        var db = Probe.Service("db");
        var cache = Probe.Service("cache");
        var result = new Suite()
            .With(db)
            .With(cache)
            .Test("test_a", s => s.Send("db", "ping"))
            .Test("test_b", s =>
            {
                s.Send("cache", "ping");
                Assert.Fail("no");
            })
            .Run();

        Assert.Equal(["cache"], result.Diagnostics.Where(d => d.Code == "NO_POSITIVE_CONTROL").Select(d => d.Service));
    }
}
