using System.Text.Json;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Host;
using Faultbox.Reporting.Tests.Support;
using Faultbox.Reporting.Traces;

namespace Faultbox.Reporting.Tests.Traces;

public sealed class TraceDifferenceTests
{
    private const string Base = """
        === test_a ===
        --- db ---
        service_started
        write allow /a
        write allow /b
        write allow /c
        --- test ---
        step_send db
        """;

    [Fact]
    public void Equal_traces_are_identical_whatever_blank_lines_follow() =>
        Assert.Equal(["traces are identical"], Compare(Base, Base + "\n\n\n").ToLines());

    [Fact]
    public void An_inserted_line_is_one_plus_and_no_cascade()
    {
        var lines = Compare(Base, Base.Replace("write allow /b", "fsync allow /a\nwrite allow /b", StringComparison.Ordinal)).ToLines().ToArray();

        Assert.Equal(
            ["traces differ (8 vs 9 lines):", "test_a, db:", "line 5:", "  write allow /a", "+ fsync allow /a", "  write allow /b"],
            lines);
        Assert.DoesNotContain(lines, l => l.Contains('\e'));
    }

    [Fact]
    public void A_removed_and_a_changed_line_carry_their_place()
    {
        var lines = Compare(Base, Base.Replace("service_started\n", "", StringComparison.Ordinal).Replace("/c", "/d", StringComparison.Ordinal)).ToLines();

        Assert.Equal(
            [
                "traces differ (8 vs 7 lines):", "test_a, db:",
                "line 3:", "- service_started", "  write allow /a", "  write allow /b", "- write allow /c", "+ write allow /d",
            ],
            lines);
    }

    [Fact]
    public void Differences_do_not_leak_from_one_service_into_another()
    {
        var difference = Compare(Base, Base.Replace("write allow /c\n", "write allow /c\nwrite allow /e\n", StringComparison.Ordinal));

        Assert.Equal(["db"], difference.Sections.Select(s => s.Service));
    }

    [Fact]
    public void A_section_on_one_side_is_reported_as_such()
    {
        var lines = Compare(Base, Base + "\n--- web ---\nservice_started\n=== test_b ===").ToLines();

        Assert.Contains("test_a, web: only in the second", lines);
        Assert.Contains("+ service_started", lines);
        Assert.Contains("test_b: only in the second", lines);
    }

    [Fact]
    public void Repeated_rows_are_told_apart()
    {
        var twice = $"{Base}\n{Base}";

        Assert.True(Compare(twice, twice).Identical);
        Assert.Equal(3, Compare(Base, twice).Sections.Count);
    }

    [Fact]
    public void The_comparison_as_json_has_the_same_hunks()
    {
        using var stream = new MemoryStream();
        Compare(Base, Base.Replace("/b", "/x", StringComparison.Ordinal)).WriteJson(stream);

        using var document = JsonDocument.Parse(stream.ToArray());
        Assert.False(document.RootElement.GetProperty("identical").GetBoolean());
        Assert.Equal(8, document.RootElement.GetProperty("a_lines").GetInt32());
        var section = document.RootElement.GetProperty("sections")[0];
        Assert.Equal("test_a", section.GetProperty("test").GetString());
        Assert.Equal(
            ["  write allow /a", "- write allow /b", "+ write allow /x", "  write allow /c"],
            section.GetProperty("hunks")[0].GetProperty("lines").EnumerateArray().Select(l => l.GetString()));
    }

    [Fact]
    public void A_difference_is_complete_and_as_small_as_possible()
    {
        var random = new Random(20270301);
        for (var round = 0; round < 500; round++)
        {
            var a = Words(random);
            var b = Words(random);

            var lines = LineDifference.Of(a, b);

            Assert.Equal(a, lines.Where(l => l.Origin != LineOrigin.Second).Select(l => l.Text));
            Assert.Equal(b, lines.Where(l => l.Origin != LineOrigin.First).Select(l => l.Text));
            Assert.Equal(LongestCommon(a, b), lines.Count(l => l.Origin == LineOrigin.Both));
        }
    }

    [Fact]
    public void Traces_that_have_nothing_in_common_are_compared_without_much_memory()
    {
        string[] a = [.. Enumerable.Range(0, 20_000).Select(i => $"a {i}")];
        string[] b = [.. Enumerable.Range(0, 20_000).Select(i => $"b {i}")];

        Assert.Equal(40_000, LineDifference.Of(a, b).Count);
    }

    [Fact]
    public void Two_bundles_are_compared_by_host_then_outcome_then_trace()
    {
        using var directory = new TemporaryDirectory();
        var here = Sample.Bundle() with
        {
            Environment = new HostEnvironment
            {
                Kernel = "6.1.0",
                Processors = 8,
                Architecture = "amd64",
                Toolchains = new Dictionary<string, string> { ["./ledger"] = "go1.23.0" },
                Images = new Dictionary<string, string> { ["postgres:16"] = "sha256:aa" },
            },
        };
        var there = Sample.Bundle(Sample.Suite(Sample.Passed(), Sample.Passed() with { Name = "test_reserve_disk_full" })) with
        {
            Environment = new HostEnvironment
            {
                Kernel = "6.8.0",
                Processors = 2,
                Architecture = "amd64",
                Toolchains = new Dictionary<string, string> { ["./ledger"] = "go1.24.2" },
            },
        };

        var difference = BundleDifference.Between(
            BundleReader.Open(Sample.Write(directory, here, "a.fb")), BundleReader.Open(Sample.Write(directory, there, "b.fb")));

        Assert.Equal(
            [
                "environments differ:",
                "  kernel: 6.1.0 → 6.8.0",
                "  images postgres:16: sha256:aa → (none)",
                "  toolchains ./ledger: go1.23.0 → go1.24.2",
                "  go_toolchain: go1.23.0 → go1.24.2",
                "  cpu_count: 8 → 2",
                "outcomes differ:",
                "  test_reserve_disk_full: failed → passed",
                "traces differ (14 vs 8 lines):",
            ],
            difference.ToLines().Take(9));
        Assert.False(difference.SameBehavior);
    }

    [Fact]
    public void A_run_is_compared_with_the_host_of_an_earlier_one_by_what_both_know()
    {
        using var directory = new TemporaryDirectory();
        var earlier = Sample.Bundle() with
        {
            Environment = new HostEnvironment { Kernel = "6.1.0", Processors = 8, DockerVersion = "28.2.2", Images = new Dictionary<string, string> { ["a"] = "sha256:1" } },
        };
        var now = new HostEnvironment { Kernel = "6.8.0", Processors = 2, Images = new Dictionary<string, string> { ["a"] = "sha256:2" } };

        var drift = EnvironmentDrift.Since(BundleReader.Open(Sample.Write(directory, earlier)).Info, now);

        Assert.Equal(["kernel: 6.1.0 → 6.8.0", "images a: sha256:1 → sha256:2"], drift.Select(d => d.ToString()));
    }

    private static TraceDifference Compare(string a, string b) => TraceDifference.Between(NormalizedFile.Parse(a), NormalizedFile.Parse(b));

    private static string[] Words(Random random) => [.. Enumerable.Range(0, random.Next(14)).Select(_ => ((char)('a' + random.Next(4))).ToString())];

    private static int LongestCommon(string[] a, string[] b)
    {
        var best = new int[a.Length + 1, b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                best[i, j] = a[i - 1] == b[j - 1] ? best[i - 1, j - 1] + 1 : Math.Max(best[i - 1, j], best[i, j - 1]);
            }
        }

        return best[a.Length, b.Length];
    }
}
