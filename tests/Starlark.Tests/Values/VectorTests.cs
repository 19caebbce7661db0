namespace Starlark.Tests.Values;

/// <summary>Expressions and the values Python gives them; <c>vectors/generate.py</c> made them.</summary>
public sealed class VectorTests
{
    [Theory]
    [InlineData("integers.tsv")]
    [InlineData("wide_integers.tsv")]
    [InlineData("floats.tsv")]
    [InlineData("slices.tsv")]
    [InlineData("sorts.tsv")]
    public void Values_are_those_of_Python(string file)
    {
        var vectors = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "vectors", file)).Select(l => l.Split('\t')).ToArray();
        var source = string.Concat(vectors.Select(v => $"print(repr({v[0]}))\n"));

        var values = Script.Output(source).Split('\n');

        Assert.NotEmpty(vectors);
        Assert.Equal(vectors.Select(v => $"{v[0]} is {v[1]}"), vectors.Zip(values, (v, value) => $"{v[0]} is {value}"));
    }
}
