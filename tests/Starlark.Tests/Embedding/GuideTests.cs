using System.Text.RegularExpressions;

namespace Starlark.Tests.Embedding;

public sealed partial class GuideTests
{
    private static readonly string Root = FindRoot();
    private static readonly string Guide = File.ReadAllText(Path.Combine(Root, "src", "Starlark", "README.md"));

    [Fact]
    public void The_guide_quotes_the_examples_that_run_as_tests()
    {
        var examples = Lines(File.ReadAllText(Path.Combine(Root, "tests", "Starlark.Tests", "Embedding", "EmbeddingExamples.cs")));
        var quotes = CodeBlock().Matches(Guide).Select(m => Lines(m.Groups[1].Value)).ToList();

        Assert.True(quotes.Count >= 7);
        Assert.All(quotes, quote => Assert.Contains(quote, examples, StringComparison.Ordinal));
    }

    [Fact]
    public void The_guide_lists_every_dialect_option_with_its_settings()
    {
        Assert.All(typeof(DialectOptions).GetProperties().Where(p => p.PropertyType == typeof(bool)), option =>
        {
            var (extended, strict) = ((bool)option.GetValue(DialectOptions.Extended)!, (bool)option.GetValue(DialectOptions.Strict)!);
            Assert.Matches($@"\| `{option.Name}` \|[^|]*\| {Word(strict)} \| {Word(extended)} \|", Guide);
        });

        static string Word(bool on) => on ? "yes" : "no";
    }

    /// <summary>Text without indentation and empty lines, which differ between the guide and the tests.</summary>
    private static string Lines(string text) =>
        string.Join('\n', text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Faultbox.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests run outside the repository");
        }

        return directory;
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
