using Faultbox.Cli.Tests.Proxies;

namespace Faultbox.Cli.Tests.Output;

/// <summary>Long values of messages and rules do not bury what else a terminal shows; the results have the whole of them.</summary>
[Trait("Category", "Slow")]
public sealed class LongTextTests : IDisposable
{
    private const int Length = 30_000;
    private const int LongestLine = 2_500;

    private readonly Workspace _space = new();

    public void Dispose() => _space.Dispose();

    [Theory]
    [InlineData("error(match_headers = {\"a\": big + \"*\"})")]
    [InlineData("error(path = \"/\" + big)")]
    [InlineData("error(method = \"NEVER\", label = big)")]
    [InlineData("response(headers = {\"x-big\": big}, body = big)")]
    public void A_value_of_30_kilobytes_is_shown_with_its_beginning_and_its_end(string rule)
    {
        var spec = $$"""
            {{Peers.Nginx(_space)}}
            big = "x" * {{Length}}
            def test_long():
                def b():
                    r = up.web.get(path = "/" + "y" * 3000, headers = {"b": "z" * 3000})
                    assert_eq([r.headers, r.body, big], "the end")
                fault(up.web, {{rule}}, run = b)
            """;
        _space.Write("spec.star", spec);

        var shown = _space.Run("test", "spec.star", "--no-bundle").Exited(2).Error;

        Assert.DoesNotContain(shown.Split('\n'), l => l.Length > LongestLine);
        Assert.Matches("reason: assert_eq failed: .* … [0-9]+ characters left out … x+\"\\] != \"the end\" at ", shown);
        Assert.Contains($"xx\"] != \"the end\"", _space.Test(spec).Exited(2).OnlyRow.Text("reason"), StringComparison.Ordinal);
        Assert.Contains(new string('x', Length), _space.Test(spec).OnlyRow.Text("reason"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reason_of_many_lines_ends_after_200()
    {
        _space.Write("spec.star", "def test_lines():\n    fail(\"\\n\".join([\"line %d\" % i for i in range(1000)]))\n");

        var lines = _space.Run("test", "spec.star", "--no-bundle").Exited(2).Error.Split('\n');

        Assert.Contains("line 199", lines);
        Assert.Contains("… 800 lines left out", lines);
        Assert.DoesNotContain("line 200", lines);
    }
}
