namespace Starlark.Tests.Syntax;

public sealed class RecoveryTests
{
    [Fact]
    public void Independent_errors_are_all_reported_in_order()
    {
        var errors = Script.StaticErrors("""
            x = = 1
            def f(:
                pass
            y = 'open
            z = )
            """);

        Assert.Equal(["1:5", "2:7", "4:5", "5:5"], errors.Select(e => e[..3]));
    }

    [Fact]
    public void Errors_within_one_block_are_all_reported()
    {
        var errors = Script.StaticErrors("def f():\n    x = = 1\n    y = 2\n    z = )\n    return y\n");

        Assert.Equal(["2:9", "4:9"], errors.Select(e => e[..3]));
    }

    [Fact]
    public void An_open_bracket_ends_where_the_next_statement_obviously_starts()
    {
        var errors = Script.StaticErrors("x = print(1\n\ndef g():\n    return 1 +\n");

        Assert.Equal(["3:1: got def, want ')' or ','", "4:15: got newline, want primary expression"], errors);
    }

    [Fact]
    public void A_name_whose_binding_could_not_be_read_is_not_called_undefined() =>
        Assert.Equal("1:5: got '=', want primary expression", Assert.Single(Script.StaticErrors("x = = 1\nprint(x)")));

    [Fact]
    public void Twenty_errors_are_reported_at_most()
    {
        var errors = Script.StaticErrors(string.Concat(Enumerable.Repeat("x = )\n", 50)));

        Assert.Equal(20, errors.Length);
        Assert.StartsWith("20:5: ", errors[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("-", "")]
    [InlineData("not ", "")]
    [InlineData("f(", ")")]
    [InlineData("lambda: ", "")]
    [InlineData("{1: ", "}")]
    [InlineData("2 ** ", "")]
    [InlineData("1 if 1 else ", "")]
    public void Nesting_may_have_490_levels_and_never_overflows_the_stack(string open, string close)
    {
        static string Nested(string open, string close, int levels) =>
            "f = 1\nx = " + string.Concat(Enumerable.Repeat(open, levels)) + "1" + string.Concat(Enumerable.Repeat(close, levels));

        Assert.Empty(Script.StaticErrors(Nested(open, close, 490)));
        Assert.Contains("500 levels", Script.StaticErrors(Nested(open, close, 100_000))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Brackets_that_never_close_are_one_error() =>
        Assert.Contains("500 levels", Assert.Single(Script.StaticErrors("x = " + new string('[', 200_000))), StringComparison.Ordinal);

    [Fact]
    public void Blocks_may_not_nest_endlessly()
    {
        var source = string.Concat(Enumerable.Range(0, 600).Select(i => new string(' ', i) + "if True:\n")) + new string(' ', 600) + "pass\n";

        Assert.Contains("500 levels", Script.StaticErrors(source)[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" + ")]
    [InlineData(" and ")]
    [InlineData(" | ")]
    public void Long_chains_of_operators_work_and_endless_ones_are_an_error(string operation)
    {
        Assert.Equal("ok", Script.Output("x = " + string.Join(operation, Enumerable.Repeat("1", 1900)) + "\nprint('ok')"));
        Assert.Contains("2000 levels", Script.StaticErrors("x = " + string.Join(operation, Enumerable.Repeat("1", 100_000)))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Long_chains_of_elif_work()
    {
        var branches = string.Concat(Enumerable.Range(1, 5000).Select(i => $"    elif x == {i}:\n        return {i}\n"));

        Assert.Equal("4999", Script.Output("def f(x):\n    if x == 0:\n        return 0\n" + branches + "print(f(4999))"));
    }
}
