using Faultbox.Spec.Registry;

namespace Faultbox.Spec.Tests.Registry;

/// <summary>The rules that hold for every builtin, checked on every builtin there is.</summary>
public sealed class KeywordTests
{
    public static TheoryData<string> Strict { get; } = [.. BuiltinTable.All.Where(b => !b.TakesKeywords).Select(b => b.Name)];

    public static TheoryData<string> Removed { get; } = [.. RemovedNames.All.Select(r => r.Key)];

    [Theory]
    [MemberData(nameof(Strict))]
    public void Item_06_no_builtin_drops_a_keyword_it_does_not_know(string name)
    {
        var error = SpecDirectory.Error($"{name}(rotes_xyz = {{}})\n");
        Assert.Equal("SPEC_LOAD_FAILED", error.Code);
        Assert.Contains($"shop.star:1:1: {name}(): un", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"rotes_xyz\"; ", error.Message, StringComparison.Ordinal);
        Assert.Matches("; valid: [a-z_]+|takes no keywords$", error.Message);
    }

    [Theory]
    [MemberData(nameof(Strict))]
    public void A_misspelled_keyword_is_answered_with_the_nearest_one(string name)
    {
        foreach (var keyword in BuiltinTable.All.Single(b => b.Name == name).Keywords.Where(k => k.Length > 3))
        {
            var typo = keyword + "_";
            Assert.Contains($"did you mean \"{keyword}\"?", SpecDirectory.Error($"{name}({typo} = 1)\n").Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Removed))]
    public void A_removed_name_names_its_replacement_however_it_is_called(string name)
    {
        var replacement = RemovedNames.All.Single(r => r.Key == name).Value;
        foreach (var arguments in (string[])["", "1", "pattern = \"x\"", "*[1], **{\"a\": 2}"])
        {
            Assert.Contains($"{name}() was removed; write {replacement}", SpecDirectory.Error($"{name}({arguments})\n").Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_builtin_and_every_parameter_says_what_it_is_and_since_when()
    {
        Assert.All(BuiltinTable.All, b =>
        {
            Assert.Matches(@"^\d+\.\d+\.\d+$", b.Since);
            Assert.EndsWith(".", b.Doc, StringComparison.Ordinal);
            Assert.All(b.Parameters, p => Assert.Matches(@"^\d+\.\d+\.\d+$", p.Since));
            Assert.All(b.Parameters, p => Assert.False(string.IsNullOrWhiteSpace(p.Doc), $"{b.Name}({p.Name})"));
        });
    }

    [Fact]
    public void Every_declared_name_exists_and_every_name_that_exists_is_declared()
    {
        var declared = BuiltinTable.All.Select(b => b.Namespace ?? b.Name).Concat(RemovedNames.All.Select(r => r.Key)).Append("json").Append("math");
        Assert.Equal(declared.Distinct().Order(StringComparer.Ordinal), PredeclaredNames.Create().Names.Order(StringComparer.Ordinal));
        var spec = string.Concat(BuiltinTable.All.Select(b => $"print(type({b.Name}))\n"));
        Assert.All(
            SpecDirectory.Model(spec).Prints.TrimEnd('\n').Split('\n'), t => Assert.Equal("builtin_function_or_method", t));
    }
}
