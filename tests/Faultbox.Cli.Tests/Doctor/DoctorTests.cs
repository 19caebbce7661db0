using System.Net;
using System.Net.Sockets;

namespace Faultbox.Cli.Tests.Doctor;

/// <summary><c>faultbox doctor</c>: what the host can do, and what to change for the rest.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void A_host_that_runs_these_tests_is_usable()
    {
        var json = _space.Run("doctor", "--format", "json").Exited(0).Json;

        Assert.True(json.GetProperty("usable").GetBoolean());
        Assert.Equal(1, json.GetProperty("schema_version").GetInt32());
        var checks = json.GetProperty("checks").EnumerateArray().ToDictionary(c => c.Text("name"));
        foreach (var name in (string[])["kernel", "seccomp", "interception", "caller_memory", "bundle_directory"])
        {
            Assert.Equal("ok", checks[name].Text("status"));
        }

        string[] others =
            ["killable_waits", "synchronous_wake_up", "memory", "disk", "namespaces", "control_groups", "container_engine", "tun", "nftables"];
        Assert.All(others, name => Assert.NotEqual("", checks[name].Text("found")));
        Assert.All(checks.Values.Where(c => c.Text("status") != "ok"), c => Assert.NotEqual("", c.Text("blocks") + c.Text("fix")));
        Assert.Equal(["T0", "T1", "T2", "T3", "T4"], json.GetProperty("tiers").EnumerateArray().Select(t => t.Text("tier")));
    }

    [Fact]
    public void People_read_the_same_with_a_line_for_each_group_of_features()
    {
        var run = _space.Run("doctor").Exited(0);

        Assert.Contains("ok       kernel", run.Output, StringComparison.Ordinal);
        Assert.Contains("T1 system-call faults: possible here", run.Output, StringComparison.Ordinal);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public void A_process_that_is_itself_intercepted_cannot_intercept()
    {
        // The kernel gives one listener to a tree of filters.
        var run = _space.Run("run", "--fault", "truncate=EIO:0%", "--", Workspace.Program, "doctor").Exited(2);

        Assert.Matches("missing  interception +launch step 5 .*: EBUSY .*; this process is itself intercepted by another filter", run.Output);
        Assert.Contains("fix: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("T1 system-call faults: not here: interception", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_specification_without_system_call_faults_does_not_need_interception()
    {
        _space.Write("spec.star", "def test_nothing():\n    assert_true(True)\n");

        var run = _space.Run("run", "--fault", "truncate=EIO:0%", "--", Workspace.Program, "doctor", "--spec", "spec.star").Exited(0);

        Assert.Contains("T1 system-call faults: not here", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_directory_that_cannot_be_written_is_missing()
    {
        var run = _space.Run("run", "--env", "FAULTBOX_BUNDLE_DIR=/proc/none", "--", Workspace.Program, "doctor").Exited(2);

        Assert.Contains("missing  bundle_directory", run.Output, StringComparison.Ordinal);
        Assert.Contains("fix: set FAULTBOX_BUNDLE_DIR", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error: unknown option --bogus", "--bogus")]
    [InlineData("error: unexpected argument \"more\"", "more")]
    [InlineData("error: --format: unknown value \"xml\"; accepted: text, json", "--format", "xml")]
    [InlineData("error: --spec needs a value", "--spec")]
    public void A_wrong_command_line_is_one_line_of_error_and_the_usage(string message, params string[] arguments)
    {
        var run = _space.Run(["doctor", .. arguments]).Exited(1);

        Assert.StartsWith(message, run.Error, StringComparison.Ordinal);
        Assert.StartsWith("usage: faultbox doctor ", run.Error.Split('\n')[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_specification_that_does_not_load_is_an_error()
    {
        Assert.Contains("none.star", _space.Run("doctor", "--spec", "none.star").Exited(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_remote_services_of_a_specification_are_resolved_and_dialled()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var open = ((IPEndPoint)server.LocalEndpoint).Port;
        var closed = Workspace.NewPort();
        _space.Write("spec.star", $$"""
            pay = service("pay", interface("web", "http", 8080), remote = "localhost:{{open}}", healthcheck = ready())
            bank = service("bank", interface("api", "http", 8080), remote = "127.0.0.1:{{closed}}", healthcheck = ready())
            rates = service("rates", interface("api", "http", 8080), remote = "rates.invalid:80", healthcheck = ready())

            def test_nothing():
                assert_true(True)
            """);

        var run = _space.Run("doctor", "--spec", "spec.star").Exited(2);

        Assert.Matches($@"ok +remote +pay\.web at localhost:{open}: answers", run.Output);
        Assert.Matches($@"missing +remote +bank\.api at 127\.0\.0\.1:{closed}: Connection refused", run.Output);
        Assert.Matches(@"missing +remote +rates\.api at rates\.invalid:80: the name does not resolve", run.Output);
        Assert.Contains("fix: check the host name in remote=", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_specification_with_containers_needs_their_engine()
    {
        _space.Write("spec.star", """
            cache = service("cache", interface("main", "redis", 6379), image = "redis:7")

            def test_nothing():
                assert_true(True)
            """);

        var run = _space.Run("run", "--env", "DOCKER_HOST=unix:///nowhere/docker.sock", "--", Workspace.Program, "doctor", "--spec", "spec.star").Exited(2);

        Assert.Contains("missing  container_engine", run.Output, StringComparison.Ordinal);
        _space.Run("run", "--env", "DOCKER_HOST=unix:///nowhere/docker.sock", "--", Workspace.Program, "doctor").Exited(0);
    }
}
