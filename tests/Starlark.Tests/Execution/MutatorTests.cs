namespace Starlark.Tests.Execution;

/// <summary>Containers that are frozen, or walked by a loop, refuse every method that changes them, whatever its arguments.</summary>
public sealed class MutatorTests
{
    private const string Reading = "";

    private static readonly Dictionary<string, string> Containers = new() { ["list"] = "[1, 2]", ["dict"] = "{1: 1, 2: 2}", ["set"] = "set([1, 2])" };

    /// <summary>What each method is refused with; <see cref="Reading"/> for one that changes nothing.</summary>
    private static readonly Dictionary<string, (string Arguments, string Refusal)> Methods = new()
    {
        ["list.append"] = ("1", "append to"),
        ["list.clear"] = ("", "clear"),
        ["list.extend"] = ("[]", "extend"),
        ["list.index"] = ("1", Reading),
        ["list.insert"] = ("0, 1", "insert into"),
        ["list.pop"] = ("", "pop from"),
        ["list.remove"] = ("3", "remove from"),
        ["dict.clear"] = ("", "clear"),
        ["dict.get"] = ("1", Reading),
        ["dict.items"] = ("", Reading),
        ["dict.keys"] = ("", Reading),
        ["dict.pop"] = ("3, None", "delete from"),
        ["dict.popitem"] = ("", "delete from"),
        ["dict.setdefault"] = ("3", "insert into"),
        ["dict.update"] = ("[]", "insert into"),
        ["dict.values"] = ("", Reading),
        ["set.add"] = ("1", "insert into"),
        ["set.clear"] = ("", "clear"),
        ["set.difference"] = ("[]", Reading),
        ["set.difference_update"] = ("[]", "update"),
        ["set.discard"] = ("3", "delete from"),
        ["set.intersection"] = ("[]", Reading),
        ["set.intersection_update"] = ("[]", "update"),
        ["set.isdisjoint"] = ("[]", Reading),
        ["set.issubset"] = ("[]", Reading),
        ["set.issuperset"] = ("[]", Reading),
        ["set.pop"] = ("", "delete from"),
        ["set.remove"] = ("3", "delete from"),
        ["set.symmetric_difference"] = ("[]", Reading),
        ["set.symmetric_difference_update"] = ("[]", "update"),
        ["set.union"] = ("[]", Reading),
        ["set.update"] = ("[]", "update"),
    };

    /// <summary>Statements that change a container, by its type.</summary>
    private static readonly (string Type, string Statement, string Refusal)[] Statements =
    [
        ("list", "x[0] = 1", "assign to element of"),
        ("list", "x += []", "apply += to"),
        ("dict", "x[1] = 1", "insert into"),
        ("dict", "x |= {}", "insert into"),
        ("set", "x |= set()", "insert into"),
    ];

    public static TheoryData<string, string, string> Changes
    {
        get
        {
            var changes = new TheoryData<string, string, string>();
            foreach (var (name, (arguments, refusal)) in Methods.Where(m => m.Value.Refusal != Reading))
            {
                changes.Add(name[..name.IndexOf('.', StringComparison.Ordinal)], $"x{name[name.IndexOf('.', StringComparison.Ordinal)..]}({arguments})", refusal);
            }

            foreach (var (type, statement, refusal) in Statements)
            {
                changes.Add(type, statement, refusal);
            }

            return changes;
        }
    }

    [Fact]
    public void Every_method_of_a_container_is_known()
    {
        var names = Containers.SelectMany(c => Script.Output($"for name in dir({c.Value}): print(name)").Split('\n').Select(n => $"{c.Key}.{n}"));

        Assert.Equal(Methods.Keys.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_frozen_container_refuses(string type, string change, string refusal)
    {
        foreach (var content in new[] { Containers[type], $"{type}()" })
        {
            var names = new Predeclared();
            Assert.True(Script.Execute($"x = {content}").TryGet("x", out var frozen));
            names.Add("frozen", frozen);

            var error = Assert.Throws<EvalException>(() =>
                Script.Compile($"def f():\n    x = frozen\n    {change}\nf()", names: names).Execute(new StarlarkThread("t")));

            Assert.Equal($"cannot {refusal} frozen {type}", error.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_container_that_is_walked_refuses(string type, string change, string refusal)
    {
        var error = Script.Error($"def f():\n    x = {Containers[type]}\n    for _ in x:\n        {change}\nf()");

        Assert.Equal($"cannot {refusal} {type} during iteration", error.Message);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_container_is_free_again_after_the_loop(string type, string change, string refusal)
    {
        var error = Record.Exception(() => Script.Output($"def f():\n    x = {Containers[type]}\n    for _ in x:\n        pass\n    {change}\nf()"));

        Assert.DoesNotContain($"cannot {refusal}", error?.Message ?? "", StringComparison.Ordinal);
    }
}
