namespace Starlark.Tests.Resolving;

public sealed class ResolverTests
{
    [Theory]
    [InlineData("x = 1\nx = 2", "2:1: cannot reassign global x declared at t.star:1:1")]
    [InlineData("x = 1\nx += 2", "2:1: cannot reassign global x declared at t.star:1:1")]
    [InlineData("def f(): pass\nf = 1", "2:1: cannot reassign global f declared at t.star:1:5")]
    [InlineData("x = 1\ndef x(): pass", "2:5: cannot reassign global x declared at t.star:1:1")]
    [InlineData("x, y = 1, 2\n[y] = [3]", "2:2: cannot reassign global y declared at t.star:1:4")]
    [InlineData("x = 1\nif True:\n    x = 2", "3:5: cannot reassign global x declared at t.star:1:1")]
    [InlineData("if True:\n    x = 1\nx = 2", "3:1: cannot reassign global x declared at t.star:2:5")]
    [InlineData("x = 1\nfor x in []: pass", "2:5: cannot reassign global x declared at t.star:1:1")]
    [InlineData("load('m', 'x')\nx = 1", "2:1: cannot reassign local x declared at t.star:1:11")]
    [InlineData("x = 1\nload('m', 'x')", "2:11: cannot reassign top-level x declared at t.star:1:1")]
    [InlineData("load('m', 'x')\nload('n', 'x')", "2:11: cannot reassign top-level x declared at t.star:1:11")]
    public void A_global_is_bound_once(string source, string error) => Assert.Equal(error, Assert.Single(Script.StaticErrors(source)));

    [Theory]
    [InlineData("for i in [1]: pass\nfor i in [2]: pass\nprint(i)", "2")]
    [InlineData("if True:\n    x = 1\nif True:\n    x = 2\nprint(x)", "2")]
    [InlineData("for i in range(4):\n    t = i\n    t += 1\nprint(t)", "4")]
    public void Names_first_bound_in_a_top_level_block_may_be_bound_again_by_blocks(string source, string output) =>
        Assert.Equal(output, Script.Output(source));

    [Theory]
    [InlineData("return 1", "return statement not within a function")]
    [InlineData("break", "break not in a loop")]
    [InlineData("def f():\n    continue", "continue not in a loop")]
    [InlineData("for x in []:\n    def f():\n        break", "break not in a loop")]
    [InlineData("while True:\n    pass", "while loop not within a function")]
    [InlineData("def f():\n    load('m', 'x')", "load statement within a function")]
    [InlineData("if True:\n    load('m', 'x')", "load statement within a conditional")]
    [InlineData("for x in []:\n    load('m', 'x')", "load statement within a loop")]
    public void Statements_out_of_place_are_errors(string source, string message) =>
        Assert.Contains(message, Assert.Single(Script.StaticErrors(source)), StringComparison.Ordinal);

    [Theory]
    [InlineData("def f():\n    return missing", "2:12: undefined: missing")]
    [InlineData("if False:\n    missing()", "2:5: undefined: missing")]
    [InlineData("def f(argument):\n    return argumnet", "2:12: undefined: argumnet (did you mean argument?)")]
    [InlineData("counter = 1\nprint(Counter)", "2:7: undefined: Counter (did you mean counter?)")]
    [InlineData("[y for x in []]", "1:2: undefined: y")]
    [InlineData("[x for x in x]", "1:13: undefined: x")]
    public void Undefined_names_are_static_errors_with_the_nearest_name(string source, string error) =>
        Assert.StartsWith(error, Assert.Single(Script.StaticErrors(source)), StringComparison.Ordinal);

    [Fact]
    public void All_errors_of_a_file_are_reported_in_position_order() =>
        Assert.Equal(
            ["2:12", "3:1", "4:1", "5:1"],
            Script.StaticErrors("def f():\n    return a1\nb2\nc3\nreturn 1").Select(e => string.Join(':', e.Split(':')[..2])));

    [Fact]
    public void An_embedder_gives_hints_for_undefined_names()
    {
        var names = new Predeclared { Hint = name => name == "open" ? "use load_file" : null };

        Assert.Equal("1:1: undefined: open (use load_file)", Assert.Single(Script.StaticErrors("open('x')", names: names)));
    }

    [Fact]
    public void Predeclared_names_hide_universal_ones_and_globals_hide_both()
    {
        var names = new Predeclared();
        names.Add("len", Value.Of("embedder"));

        var visible = Script.Compile("x = len", names: names).Execute(new StarlarkThread("test"));
        var hidden = Script.Compile("len = 'own'\nx = len", names: names);

        Assert.True(visible.TryGet("x", out var x));
        Assert.Equal("embedder", x.ToString());
        Assert.True(hidden.Execute(new StarlarkThread("test")).TryGet("x", out x));
        Assert.Equal("own", x.ToString());
        Assert.Equal(("len", new SourcePosition("t.star", 1, 1)), (hidden.ShadowedNames[0].Key, hidden.ShadowedNames[0].Value));
    }

    [Theory]
    [InlineData("def f():\n    while True:\n        pass", "dialect does not support while loops")]
    [InlineData("if True:\n    pass", "if statement not within a function")]
    [InlineData("for x in []:\n    pass", "for loop not within a function")]
    [InlineData("x = 2 ** 3", "** is not supported")]
    [InlineData("x = set([])", "undefined: set")]
    public void The_strict_dialect_has_no_extensions(string source, string message) =>
        Assert.Contains(message, Assert.Single(Script.StaticErrors(source, DialectOptions.Strict)), StringComparison.Ordinal);

    [Fact]
    public void Options_open_the_dialect()
    {
        var open = new DialectOptions
        {
            While = true,
            TopLevelControl = true,
            TopLevelWhile = true,
            GlobalReassign = true,
            Recursion = true,
            Set = true,
            Power = true,
        };

        Assert.Equal("3 [1] 120", Script.Output("""
            n = 0
            while n < 3:
                n += 1
            def factorial(n):
                return 1 if n == 0 else n * factorial(n - 1)
            n = n
            print(n, list(set([1, 1])), factorial(5))
            """, open));
    }

    [Fact]
    public void Loaded_names_can_be_made_global()
    {
        var library = Script.Execute("x = 1");
        var options = DialectOptions.Extended with { LoadBindsGlobally = true };

        Assert.True(Script.Execute("load('m', 'x')", options, (_, _, _) => library).TryGet("x", out var x));
        Assert.Equal("1", x.ToString());
    }
}
