namespace Starlark.Tests;

/// <summary>The table of deviations and the script that checks them name the same ones.</summary>
public sealed class DeviationTests
{
    [Fact]
    public void Every_row_has_a_check_and_every_check_a_row()
    {
        var rows = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Deviations.md"))
            .Where(l => l.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1)
            .Select(l => l.Split('|')[1].Trim());
        var checks = File.ReadLines(Path.Combine(TestData.Folder, "deviations.star"))
            .Where(l => l.StartsWith("# deviation: ", StringComparison.Ordinal))
            .Select(l => l["# deviation: ".Length..])
            .Distinct();

        Assert.Equal(rows, checks, StringComparer.Ordinal);
    }
}
