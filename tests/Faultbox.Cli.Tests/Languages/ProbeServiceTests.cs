namespace Faultbox.Cli.Tests.Languages;

/// <summary>The same faults on the same small service in four runtimes.</summary>
[Trait("Category", "Slow")]
public sealed class ProbeServiceTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Theory]
    [InlineData("c")]
    [InlineData("python")]
    [InlineData("node")]
    [InlineData("dotnet")]
    public void Sync_and_connect_faults_reach_the_program_and_end_with_their_window(string runtime)
    {
        var port = Workspace.NewPort();
        var (program, arguments) = Program(runtime);

        var run = _space.Test($$"""
            p = service("p", "{{program}}", interface("web", "http", {{port}}), args = [{{arguments}}],
                env = {"PORT": "{{port}}", "DATA": "{{_space.File("data")}}"}, healthcheck = http("localhost:{{port}}/health", timeout = "60s"))

            def append():
                return p.web.post(path = "/append", body = "line")

            def dial():
                return p.web.get(path = "/dial?addr=127.0.0.1:{{port}}")

            def test_sync():
                assert_eq(append().status, 200)
                refused = fault(p, fsync = deny("EIO"), run = append)
                assert_eq(refused.status, 507)
                assert_true("EIO" in refused.body, refused.body)
                assert_eq(append().status, 200)

            def test_dial():
                assert_eq(dial().status, 200) if "{{runtime}}" in ["python", "node", "dotnet"] else None
                refused = fault(p, connect = deny("ECONNREFUSED"), run = dial)
                assert_eq(refused.status, 502)
                assert_true("ECONNREFUSED" in refused.body, refused.body)
            """).Exited(0);

        foreach (var row in run.Json.GetProperty("tests").EnumerateArray())
        {
            Assert.True(row.GetProperty("faults")[0].GetProperty("hits").GetInt32() > 0);
        }
    }

    private (string Program, string Arguments) Program(string runtime)
    {
        var fixtures = Path.Combine(AppContext.BaseDirectory, "fixtures");
        return runtime switch
        {
            "c" => (_space.Compile("fixtures/probe.c"), ""),
            "python" => ("/usr/bin/python3", $"\"{fixtures}/probe.py\""),
            "node" => ("node", $"\"{fixtures}/probe.js\""),
            _ => (Workspace.Sibling("Probe", "probe"), ""),
        };
    }
}
