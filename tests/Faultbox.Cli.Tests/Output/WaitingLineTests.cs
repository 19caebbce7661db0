using System.Text.RegularExpressions;

namespace Faultbox.Cli.Tests.Output;

/// <summary>What is said while a service is waited for. The reason may quote the service, which must not steer the terminal.</summary>
[Trait("Category", "Slow")]
public sealed class WaitingLineTests : IDisposable
{
    private const string Spoken = "still \\x1b[35mloading\\r\\x9b2J";

    private readonly CallerService _caller = new();

    public WaitingLineTests() => _caller.Space.Write("spec.star", $$"""
        c = service("c", "./caller", interface("main", "tcp", {{_caller.Port}}), args = ["{{_caller.Port}}"], env = {"DATA": "{{_caller.Space.File("data.wal")}}"},
            healthcheck = wait_until(lambda: assert_true(False, "still \x1b[35mloading\r\u009b2J"), timeout = "8s"))
        def test_never():
            assert_true(True)
        """);

    public void Dispose() => _caller.Dispose();

    [Fact]
    public void On_a_terminal_the_reason_is_shown_with_its_control_characters_escaped()
    {
        var run = _caller.Space.RunProgram(
            "python3", Path.Combine(AppContext.BaseDirectory, "Programs", "terminal.py"), Workspace.Program, "test", "spec.star", "--no-bundle").Exited(2);

        Assert.Matches($@"▶ test_never \d+s  0 passed, 0 failed  waiting for c: .*last: .*{Regex.Escape(Spoken)}", run.Output);
        Assert.DoesNotContain("\u001b[35m", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u009b', run.Output);
    }

    [Theory]
    [InlineData("console", Spoken)]
    [InlineData("json", "still \\\\x1b[35mloading\\\\r\\\\x9b2J")]
    public void In_the_log_too(string format, string spoken)
    {
        var run = _caller.Space.Run("test", "spec.star", "--no-bundle", "--log-format", format).Exited(2);

        var line = Assert.Single(run.Error.Split('\n'), l => l.Contains("waiting for c: ", StringComparison.Ordinal));
        Assert.Contains(spoken, line, StringComparison.Ordinal);
        Assert.DoesNotContain(line, char.IsControl);
    }
}
