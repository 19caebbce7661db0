using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;

namespace Faultbox.Runtime.Tests;

public sealed class StartFailureTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("faultbox-start-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static TestResult Start(ServiceDefinition service)
    {
        var suite = new Suite().With(service).Test("test_never", _ => Assert.Fail("the body must not run"));
        var test = suite.RunOne();
        Assert.Equal(Result.Fail, test.Result);
        Assert.Equal(FailureType.ServiceStart, test.FailureType);
        return test;
    }

    private string Script(string name, string text, bool executable = true)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        if (executable)
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    [Fact]
    public void A_missing_program_is_named()
    {
        var test = Start(Probe.Service("db") with { Binary = "./no/such/program" });

        Assert.Equal(
            "failed to start services: service \"db\" exited before becoming ready: exec ./no/such/program: no such file or directory", test.Reason);
        Assert.Contains(test.Diagnostics, d => d.Code == "LAUNCH_FAILED");
    }

    [Fact]
    public void A_missing_program_is_found_out_without_a_healthcheck_too() =>
        Assert.Contains("no such file or directory", Start(Probe.Service("db") with { Binary = "faultbox-no-such-program", Healthcheck = null }).Reason, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_not_executable_is_named() =>
        Assert.EndsWith("permission denied", Start(Probe.Service("db") with { Binary = Script("plain", "#!/bin/sh\n", executable: false) }).Reason, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_no_program_is_named() =>
        Assert.EndsWith("exec format error", Start(Probe.Service("db") with { Binary = Script("text", "hello") }).Reason, StringComparison.Ordinal);

    [Fact]
    public void A_missing_interpreter_is_named() =>
        Assert.EndsWith(
            "interpreter /no/such/sh: no such file or directory",
            Start(Probe.Service("db") with { Binary = Script("script", "#!/no/such/sh -e\n") }).Reason,
            StringComparison.Ordinal);

    [Fact]
    public void A_program_that_goes_into_the_background_is_told_to_stay() =>
        Assert.Equal(
            "failed to start services: service \"db\" exited before becoming ready (exit code 0); a program that goes on in the background is over "
            + "with its first process: tell it to stay in the foreground",
            Start(Probe.Service("db") with { Binary = "/bin/sh", Arguments = ["-c", "sleep 60 & exit 0"] }).Reason);

    [Fact]
    public void A_program_that_ends_at_once_is_reported_with_its_exit_code_and_last_output()
    {
        var test = Start(Probe.Service("db") with { Binary = "/bin/sh", Arguments = ["-c", "echo cannot open ledger >&2; exit 3"] });

        Assert.Equal("failed to start services: service \"db\" exited before becoming ready (exit code 3)", test.Reason);
        Assert.Contains("cannot open ledger", test.Detail, StringComparison.Ordinal);
        var stopped = Assert.Single(test.Log.From(0), e => e.Type == "service_stopped");
        Assert.Equal(("3", "running"), (stopped.Field("exit_code"), stopped.Field("phase")));
    }

    [Fact]
    public void A_service_that_never_becomes_ready_shows_the_last_cause_and_its_last_output()
    {
        var port = FreePort.Next();
        var service = Probe.Service("db") with
        {
            Binary = "/bin/sh",
            Arguments = ["-c", "echo still recovering >&2; exec sleep 100"],
            Healthcheck = new TcpHealthcheck($"localhost:{port}") { Timeout = TimeSpan.FromMilliseconds(600) },
        };
        var suite = new Suite().With(service).Test("test_never", _ => { });
        var test = suite.RunOne();

        Assert.Equal(
            $"failed to start services: service \"db\" not ready: TCP healthcheck \"localhost:{port}\" timed out after 600ms (last: connection refused)",
            test.Reason);
        Assert.Contains("still recovering", test.Detail, StringComparison.Ordinal);
        Assert.Contains(test.Diagnostics, d => d.Code == "HEALTHCHECK_TIMEOUT");
        Assert.Contains("db: tcp, last: connection refused", suite.Observer.Waits);
    }

    [Fact]
    public void A_status_that_was_not_asked_for_is_the_last_cause()
    {
        var port = FreePort.Next();
        var url = $"http://localhost:{port}/no-such-page";
        var test = Start(Probe.Service("web") with
        {
            Binary = "python3",
            Arguments = ["-m", "http.server", "--bind", "127.0.0.1", $"{port}"],
            Interfaces = [new InterfaceDefinition("main", "http", port)],
            Healthcheck = new HttpHealthcheck(url, [200]) { Timeout = TimeSpan.FromSeconds(5) },
        });

        Assert.EndsWith($"HTTP healthcheck \"{url}\" timed out after 5s (last: status 404)", test.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_relative_program_is_looked_up_where_the_specification_lies()
    {
        Script("serve", $"#!/bin/sh\nexec {Probe.Path} \"$@\"\n");
        var suite = new Suite { BaseDirectory = _directory }.With(Probe.Service("db") with { Binary = "./serve" }).Test("test_x", s => s.Send("db", "ping"));
        var result = suite.Run();

        Assert.True(result.Tests[0].Result == Result.Pass, result.Tests[0].Reason);
        Assert.Equal([new("./serve", Path.Combine(_directory, "serve"))], result.Binaries);
    }

    [Fact]
    public void A_condition_is_asked_until_it_holds()
    {
        var asked = 0;
        var condition = new SpecCallback("lambda", Probe.Here, context =>
        {
            var session = (TestSession)context.Session;
            var answer = session.Step(new InterfaceAddress("db", "main"), "send", [new("data", "ping")], StepPhase.Ready, null, context.Cancellation);
            return new CallbackOutcome(true, answer.Success && ++asked == 3, answer.Success ? "False" : answer.Error);
        });
        var service = Probe.Service("db") with
        {
            Healthcheck = new ConditionHealthcheck(condition, TimeSpan.FromMilliseconds(5)) { Timeout = TimeSpan.FromSeconds(10) },
        };
        var result = new Suite().With(service).Test("test_x", _ => { }).Run();

        Assert.Equal(Result.Pass, Assert.Single(result.Tests).Result);
        Assert.Equal(3, asked);
        Assert.DoesNotContain(result.Diagnostics, d => d.Code == "NO_POSITIVE_CONTROL");
    }

    [Fact]
    public void A_condition_that_never_holds_fails_with_its_position_and_last_value()
    {
        var condition = new SpecCallback("lambda", new("spec.star", 12, 5), _ => new CallbackOutcome(false, false, "no such table"));
        var test = Start(Probe.Service("db") with
        {
            Healthcheck = new ConditionHealthcheck(condition, TimeSpan.FromMilliseconds(5)) { Timeout = TimeSpan.FromMilliseconds(100) },
        });

        Assert.EndsWith("service \"db\" not ready: wait_until at spec.star:12 not satisfied after 100ms: no such table", test.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_taken_port_is_reported_with_its_owner()
    {
        var service = Probe.Service("db");
        using var foreign = new TcpListener(IPAddress.Loopback, service.Interfaces[0].Port);
        foreign.Start();
        var test = Start(service);

        Assert.StartsWith(
            $"failed to start services: port {service.Interfaces[0].Port} for service \"db\" is in use by ", test.Reason, StringComparison.Ordinal);
        Assert.Contains($"(pid {Environment.ProcessId})", test.Reason, StringComparison.Ordinal);
        Assert.Contains(test.Diagnostics, d => d.Code == "PORT_IN_USE");
    }

    [Fact]
    public void A_start_that_uses_up_its_budget_says_what_it_waited_for()
    {
        var service = Probe.Service("db") with
        {
            Binary = "/bin/sleep",
            Arguments = ["100"],
            Seed = new SpecCallback("seed", Probe.Here, context =>
            {
                context.Cancellation.WaitHandle.WaitOne();
                throw new OperationCanceledException();
            }),
            Healthcheck = null,
        };
        var suite = new Suite().With(service).Test("test_never", _ => { });
        suite.Options = suite.Options with { TestBudget = TimeSpan.FromMilliseconds(200) };

        Assert.StartsWith("failed to start services: the budget of 200ms", suite.RunOne().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_seed_fails_the_test()
    {
        var test = Start(Probe.Service("db") with
        {
            Seed = new SpecCallback("seed", Probe.Here, _ => new CallbackOutcome(false, false, "table exists")),
        });

        Assert.Equal("failed to start services: seed service \"db\": seed() failed: table exists", test.Reason);
    }

    [Fact]
    public void A_step_that_fails_right_after_a_tcp_check_gets_a_better_check_to_paste()
    {
        var service = Probe.Service("db");
        var web = service with { Interfaces = [service.Interfaces[0] with { Protocol = "http" }] };
        var test = new Suite().With(web).Test("test_early", s =>
            s.Step(new InterfaceAddress("db", "main"), "get", [new("path", "/")], StepPhase.Body, null)).RunOne();

        Assert.EndsWith(
            $"write healthcheck = http(\"http://localhost:{service.Interfaces[0].Port}/\", expect_status = 200)",
            Assert.Single(test.Diagnostics, d => d.Code == "TCP_READY_TOO_EARLY").Message,
            StringComparison.Ordinal);
    }
}
