namespace Faultbox.Cli.Tests.Playbook;

/// <summary>"unknown keyword 'X'": the builtin, the keyword, the nearest match, the position, what is valid, and the version.</summary>
public sealed class Entry08UnknownKeywordTests : IDisposable
{
    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Fact]
    public void An_unknown_keyword_is_a_load_error_with_the_nearest_match_and_position()
    {
        var run = _space.Test("""
            web = service("web", "./web", interface("main", "http", 8080),
                enviroment = {})
            def test_x(): pass
            """).Exited(1);

        Assert.Contains("error: [SPEC_LOAD_FAILED] load spec.star: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("spec.star:1:7", run.Error, StringComparison.Ordinal);
        Assert.Contains("service(\"web\"): unknown keyword argument \"enviroment\"", run.Error, StringComparison.Ordinal);
        Assert.Contains("env", run.Error, StringComparison.Ordinal);
        Assert.Contains("healthcheck", run.Error, StringComparison.Ordinal);
        Assert.Equal("SPEC_LOAD_FAILED", run.Json.GetProperty("diagnostics")[0].Text("code"));
        Assert.Equal(1, run.Json.GetProperty("exit_code").GetInt32());
    }

    [Fact]
    public void The_corrected_keyword_loads()
    {
        _space.Write("spec.star", """
            web = service("web", "./web", interface("main", "http", 8080), env = {})
            def test_x(): pass
            """);

        var run = _space.Run("test", "spec.star", "--dry-run").Exited(0);

        Assert.Contains("Services: 1", run.Output, StringComparison.Ordinal);
        Assert.Contains("  - test_x", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_one_line_on_standard_output()
    {
        var run = _space.Run("--version").Exited(0);

        Assert.Matches(@"^faultbox \d+\.\d+\.\d+\n$", run.Output);
        Assert.Equal("", run.Error);
    }
}
