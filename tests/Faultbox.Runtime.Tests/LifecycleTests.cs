using System.Globalization;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime.Tests;

public sealed class LifecycleTests
{
    private static void EndService(TestSession session, string service, int code)
    {
        session.Step(new InterfaceAddress(service, "main"), "send", [new("data", $"exit {code}")], StepPhase.Body, null);
        Assert.True(SpinWait.SpinUntil(() => session.Log.OfType("service_stopped").Any(), TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void A_service_that_ends_during_a_test_is_reported_when_it_happens()
    {
        var test = new Suite().With(Probe.Service("db")).Test("test_crash", s => EndService(s, "db", 7)).RunOne();

        var stopped = Assert.Single(test.Log.From(0), e => e.Type == "service_stopped");
        Assert.Equal(("7", "running"), (stopped.Field("exit_code"), stopped.Field("phase")));
        Assert.Contains(test.Diagnostics, d => d.Code == "SERVICE_CRASHED" && d.Service == "db");
    }

    [Fact]
    public void A_service_that_ignores_the_request_to_stop_is_gone_after_the_test()
    {
        var db = Probe.Service("db");
        var test = new Suite().With(db).Test("test_stubborn", s => s.Send("db", "ignore-term")).RunOne();

        Assert.Equal(Result.Pass, test.Result);
        Assert.Equal("teardown", Assert.Single(test.Log.From(0), e => e.Type == "service_stopped").Field("phase"));
        Assert.Empty(Probe.ProcessesWith(Probe.MarkerOf(db)));
    }

    [Fact]
    public void A_daemon_left_behind_by_a_service_is_gone_after_the_test()
    {
        var db = Probe.Service("db");
        new Suite().With(db).Test("test_daemon", s =>
        {
            s.Send("db", "daemon");
            Assert.True(SpinWait.SpinUntil(() => Probe.ProcessesWith(Probe.MarkerOf(db)).Count >= 2, TimeSpan.FromSeconds(60)));
        }).RunOne();

        Assert.Empty(Probe.ProcessesWith(Probe.MarkerOf(db)));
    }

    [Fact]
    public void A_reused_service_is_seeded_once_and_reset_before_every_later_test()
    {
        var calls = new List<string>();
        SpecCallback Counting(string name) => new(name, Probe.Here, _ =>
        {
            calls.Add(name);
            return new CallbackOutcome(true, true, "None");
        });
        var db = Probe.Service("db") with { Reuse = true, Seed = Counting("seed"), Reset = Counting("reset") };
        var suite = new Suite().With(db, "write");
        foreach (var name in new[] { "test_a", "test_b", "test_c" })
        {
            suite.Test(name, s =>
            {
                s.Send("db", "ping");
                calls.Add(string.Join(",", Probe.ProcessesWith(Probe.MarkerOf(db))));
            });
        }

        var result = suite.Run();

        Assert.All(result.Tests, t => Assert.Equal(Result.Pass, t.Result));
        Assert.Equal(["seed", calls[1], "reset", calls[1], "reset", calls[1]], calls);
        Assert.Equal(
            ["service_started", "service_ready", "service_reset"],
            result.Tests[2].Log.From(0).Where(e => e.Type.StartsWith("service_", StringComparison.Ordinal)).Select(e => e.Type));
        Assert.Empty(Probe.ProcessesWith(Probe.MarkerOf(db)));
    }

    [Fact]
    public void Faults_of_a_reused_service_end_with_their_test()
    {
        var file = Path.GetTempFileName();
        var suite = new Suite()
            .With(Probe.Service("db") with { Reuse = true }, "write")
            .Test("test_a", s =>
            {
                s.OpenFaults("db", [Suite.Rule("write", Suite.Deny("EIO"))], Probe.Here, started: true);
                Assert.Equal("errno 5", s.Send("db", $"write {file}"));
            })
            .Test("test_b", s => Assert.Equal("ok", s.Send("db", $"write {file}")));

        Assert.All(suite.Run().Tests, t => Assert.True(t.Result == Result.Pass, t.Reason));
        File.Delete(file);
    }

    [Fact]
    public void A_reused_service_that_died_is_started_again_for_the_next_test()
    {
        var db = Probe.Service("db") with { Reuse = true };
        var suite = new Suite()
            .With(db)
            .Test("test_a", s => EndService(s, "db", 1))
            .Test("test_b", s => Assert.Equal("pong", s.Send("db", "ping")));

        Assert.Equal(Result.Pass, suite.Run().Tests[1].Result);
    }

    [Fact]
    public void An_interrupted_body_is_cut_off_its_events_are_kept_and_nothing_runs_on()
    {
        var db = Probe.Service("db");
        using var interrupt = new CancellationTokenSource();
        var suite = new Suite()
            .With(db)
            .Test("test_a", s => s.Send("db", "ping"))
            .Test("test_b", s =>
            {
                interrupt.Cancel();
                s.Step(new InterfaceAddress("db", "main"), "send", [new("data", "hang")], StepPhase.Body, null);
            })
            .Test("test_c", _ => { });
        var result = suite.RunUntil(interrupt.Token);

        Assert.Equal(["test_a"], result.Tests.Select(t => t.Name));
        Assert.Equal(["test_b", "test_c"], result.NotRun);
        var cut = Assert.Single(result.Interrupted);
        Assert.Equal("test_b", cut.Name);
        Assert.Equal(["db: ready"], cut.ServiceStates);
        Assert.Contains(cut.Log.From(0), e => e.Type == "service_ready");
        Assert.Equal("SIGINT", result.Signal);
        Assert.Equal(4, result.ExitCode);
        Assert.Empty(Probe.ProcessesWith(Probe.MarkerOf(db)));
    }

    [Fact]
    public void An_interrupted_start_says_what_was_not_ready()
    {
        var port = FreePort.Next();
        var db = Probe.Service("db") with
        {
            Binary = "/bin/sleep",
            Arguments = ["100"],
            Healthcheck = new TcpHealthcheck($"localhost:{port}") { Timeout = TimeSpan.FromSeconds(60) },
        };
        using var interrupt = new CancellationTokenSource();
        var suite = new Suite().With(db).With(Probe.Service("api", "db")).Test("test_a", _ => { });
        suite.Observer.OnWaiting = _ => interrupt.Cancel();
        var result = suite.RunUntil(interrupt.Token);

        var states = Assert.Single(result.Interrupted).ServiceStates;
        Assert.Matches(@"^db: started, not ready after \d+ s, last: connection refused$", states[0]);
        Assert.Equal("api: not started", states[1]);
    }

    [Fact]
    public void The_second_signal_kills_every_child_at_once()
    {
        var db = Probe.Service("db");
        using var interrupt = new CancellationTokenSource();
        SuiteRunner? runner = null;
        var suite = new Suite().With(db).Test("test_a", s =>
        {
            s.Send("db", "ignore-term");
            interrupt.Cancel();
            runner!.Abort();
            Assert.True(SpinWait.SpinUntil(() => Probe.ProcessesWith(Probe.MarkerOf(db)).Count == 0, TimeSpan.FromSeconds(60)));
        });
        using (runner = new SuiteRunner(suite.Model, suite.Options, suite.Observer))
        {
            Assert.Equal(4, runner.Run(interrupt.Token).ExitCode);
        }
    }

    [Fact]
    public void Output_is_shown_by_line_and_kept_with_a_mark_for_every_test()
    {
        var db = Probe.Service("db") with { Reuse = true };
        var suite = new Suite().With(db);
        suite.Test("test_a", s => Say(s, "first")).Test("test_b", s => Say(s, "second"));
        string? spooled = null;
        suite.Inspect((_, result) => spooled = File.ReadAllText(Assert.Single(result.Outputs).StandardErrorFile));

        Assert.Equal(["db err: first", "db err: second"], suite.Observer.Output);
        Assert.Matches(@"^=== test_a \S+ ===\nfirst\n=== test_b \S+ ===\nsecond\n$", spooled);

        // The service answers as soon as it has written; the line takes its own way.
        void Say(TestSession session, string word)
        {
            session.Send("db", $"say {word}");
            Assert.True(SpinWait.SpinUntil(() => suite.Observer.Output.Contains($"db err: {word}"), TimeSpan.FromSeconds(30)));
        }
    }

    [Fact]
    public void The_run_directory_is_private_and_gone_afterwards()
    {
        string? directory = null;
        new Suite().With(Probe.Service("db")).Test("test_a", _ => { }).Inspect((runner, _) =>
        {
            directory = runner.RunDirectory;
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        });

        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public void Programs_written_in_other_languages_are_faulted_alike()
    {
        var port = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        var service = new ServiceDefinition
        {
            Name = "web",
            Kind = ServiceKind.Binary,
            Binary = "node",
            Arguments = ["-e", $"require('http').createServer((q, r) => require('fs').mkdir('/nowhere/faultbox-never', e => r.end(e ? e.code : 'made'))).listen({port})"],
            Interfaces = [new InterfaceDefinition("main", "http", int.Parse(port, CultureInfo.InvariantCulture))],
            Healthcheck = new ProtocolHealthcheck(null, All: false, Path: null) { Timeout = TimeSpan.FromSeconds(30) },
            Position = Probe.Here,
        };
        var test = new Suite().With(service, "mkdir").Test("test_node", s =>
            s.Under("web", Suite.Rule("mkdir", Suite.Deny("EROFS")), () =>
                Assert.Equal("EROFS", s.Step(new InterfaceAddress("web", "main"), "get", [new("path", "/")], StepPhase.Body, null).Text))).RunOne();

        Assert.True(test.Result == Result.Pass, test.Reason);
    }
}
