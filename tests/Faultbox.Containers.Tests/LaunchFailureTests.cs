using Faultbox.Cli.Tests;

namespace Faultbox.Containers.Tests;

/// <summary>What is said when a container cannot be had.</summary>
[Trait("Category", "Slow")]
public sealed class LaunchFailureTests(EngineFixture engine) : IDisposable
{
    private const string Body = "def test_c():\n    fault(c, write = deny(\"EIO\"), run = lambda: assert_true(False))\n";

    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Fact]
    public async Task A_socket_that_cannot_be_reached_is_told_at_once()
    {
        ImageContexts.Busybox(_space);
        _space.Write("plain", "");
        File.SetUnixFileMode(_space.File("plain"), (UnixFileMode)0b110_110_110);

        // An ordinary file lies over the socket: nobody listens there.
        var row = Test("""build = "./busybox", volumes = {"./plain": "/var/run/faultbox/fd.sock"}""");

        Assert.Equal("LAUNCH_FAILED", row.Code);
        Assert.Contains("(Connect) of /serve failed: ECONNREFUSED", row.Reason, StringComparison.Ordinal);
        Assert.Contains("seccomp = False", row.Reason, StringComparison.Ordinal);
        Assert.Empty(await engine.FootprintAsync());
    }

    [Fact]
    public async Task A_program_that_the_image_lacks_is_named()
    {
        var context = ImageContexts.Busybox(_space);
        File.AppendAllText(Path.Combine(context, "Dockerfile"), "ENTRYPOINT [\"/nowhere/server\"]\n");

        var row = Test("build = \"./busybox\"");

        Assert.Equal("LAUNCH_FAILED", row.Code);
        Assert.Contains("exec /nowhere/server: no such file or directory", row.Reason, StringComparison.Ordinal);
        Assert.Empty(await engine.FootprintAsync());
    }

    [Fact]
    public async Task A_container_that_ends_early_fails_the_start_with_its_last_words()
    {
        var context = ImageContexts.Busybox(_space);
        File.WriteAllText(Path.Combine(context, "serve"), "#!/bin/busybox sh\necho no disk >&2\nexit 3\n");

        var row = Test("build = \"./busybox\"");

        Assert.Equal("LAUNCH_FAILED", row.Code);
        Assert.Contains("exited before becoming ready (exit code 3)", row.Reason, StringComparison.Ordinal);
        Assert.Contains("no disk", row.Reason, StringComparison.Ordinal);
        Assert.Empty(await engine.FootprintAsync());
    }

    [Fact]
    public async Task Without_the_rights_to_look_into_a_container_its_unix_socket_ends_the_launch_with_advice()
    {
        var reason = AskSocketWithout("-sys_ptrace").OnlyRow.Text("reason");

        Assert.Contains(
            "launch container \"up\": faultbox may not look into the container for the unix socket of interface \"main\", /run/up.sock (/proc/",
            reason,
            StringComparison.Ordinal);
        Assert.EndsWith(
            "run faultbox as root with CAP_SYS_PTRACE or as the user and group of the container, or give the interface a port in place of unix=",
            reason,
            StringComparison.Ordinal);
        Assert.Empty(await engine.FootprintAsync());
    }

    /// <summary>The socket belongs to the user of the image, and nobody else may write to it.</summary>
    [Fact]
    public void A_socket_to_which_faultbox_may_not_connect_is_named()
    {
        var run = AskSocketWithout("-dac_override,-dac_read_search");

        Assert.Contains("up.main: faultbox may not connect to unix:/run/up.sock: permission denied", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_is_never_pulled_says_how_to_build_it()
    {
        var row = Test("image = \"faultbox-test-absent:local\"");

        Assert.Equal("IMAGE_PULL_FAILED", row.Code);
        Assert.Contains("docker build -t faultbox-test-absent:local", row.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_no_registry_has_is_named()
    {
        var row = Test("image = \"127.0.0.1:9/absent:1\"");

        Assert.Equal("IMAGE_PULL_FAILED", row.Code);
        Assert.Contains("127.0.0.1:9/absent:1", row.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_of_a_build_that_fails_is_shown_with_its_output()
    {
        var context = ImageContexts.Busybox(_space);
        File.AppendAllText(Path.Combine(context, "Dockerfile"), "RUN [\"/bin/busybox\", \"ls\", \"/missing\"]\n");

        var row = Test("build = \"./busybox\"");

        Assert.Equal("LAUNCH_FAILED", row.Code);
        Assert.Contains("Step 7/7 : RUN", row.Reason, StringComparison.Ordinal);
        Assert.Contains("ls: /missing: No such file or directory", row.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_volume_is_named()
    {
        ImageContexts.Busybox(_space);

        var row = Test("build = \"./busybox\", volumes = {\"./absent\": \"/x\"}");

        Assert.Equal("LAUNCH_FAILED", row.Code);
        Assert.Contains(_space.File("absent") + " does not exist", row.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_engine_is_an_error_that_says_where_it_was_sought()
    {
        var before = Environment.GetEnvironmentVariable("DOCKER_HOST");
        Environment.SetEnvironmentVariable("DOCKER_HOST", "unix:///nowhere/docker.sock");
        try
        {
            var row = Test("image = \"any:1\"");

            Assert.Equal("DOCKER_UNAVAILABLE", row.Code);
            Assert.Contains("docker client: no engine answers at unix:///nowhere/docker.sock: no such socket", row.Reason, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("DOCKER_HOST", before);
        }
    }

    /// <summary>Runs a specification with a unix socket of a container, without some capabilities.</summary>
    private Execution AskSocketWithout(string capabilities)
    {
        ImageContexts.Ncat(_space);
        _space.Write("spec.star", """
            up = service("up", interface("main", "tcp", 0, unix = "/run/up.sock"), build = "./ncat", args = ["/run/up.sock"], healthcheck = ready(timeout = "5s"))
            def test_socket():
                up.main.send(data = "x")
            """);
        return _space.RunProgram(
            "setpriv",
            $"--bounding-set={capabilities}",
            $"--inh-caps={capabilities}",
            Workspace.Program, "test", "spec.star", "--no-bundle", "--format", "json").Exited(2);
    }

    private (string Code, string Reason) Test(string source)
    {
        var run = _space.Test($"c = service(\"c\", interface(\"main\", \"tcp\", 7000), {source}, healthcheck = tcp(\"localhost:7000\"))\n" + Body);
        Assert.NotEqual(0, run.ExitCode);
        var detail = run.OnlyRow.TryGetProperty("detail", out var text) ? text.GetString() : null;
        return (run.OnlyRow.GetProperty("diagnostics")[0].Text("code"), $"{run.OnlyRow.Text("reason")}\n{detail}");
    }
}
