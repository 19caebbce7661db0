namespace Starlark.Tests.Execution;

/// <summary>Constants are computed when a file is compiled; a script sees no difference.</summary>
public sealed class ConstantTests
{
    [Theory]
    [InlineData("2 ** 100 + 1 - 3 * -7", "1267650600228229401496703205398")]
    [InlineData("-7 // 2, -7 % 3, 1 << 70, 7 / 2, 1.5 * 2", "(-4, 2, 1180591620717411303424, 3.5, 3.0)")]
    [InlineData("\"a\" + \"b\" + str(1)", "ab1")]
    [InlineData("(1, (\"x\", None), -2.5)[1]", "(\"x\", None)")]
    public void Operations_on_constants_have_the_usual_results(string expression, string expected) =>
        Assert.Equal(expected, Script.Output($"def f():\n    return {expression}\nprint(f())"));

    [Theory]
    [InlineData("1 // 0", "floored division by zero")]
    [InlineData("1 % 0", "integer modulo by zero")]
    [InlineData("1 / 0", "floating-point division by zero")]
    [InlineData("1 << 600", "shift count too large: 600")]
    public void An_operation_on_constants_fails_where_it_stands_and_only_when_it_runs(string expression, string message)
    {
        var source = $"def f(wanted):\n    if wanted:\n        return {expression}\nprint(f(False))\n";

        Assert.Equal("None", Script.Output(source));
        var error = Script.Error(source + "f(True)");
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(3, error.Frames[^1].Line);
    }

    [Fact]
    public void Each_evaluation_of_a_list_display_makes_a_list_of_its_own() =>
        Assert.Equal("[1, 2, 3] [1, 2]", Script.Output("""
            def f():
                return [1, 2]
            a = f()
            a.append(3)
            print(a, f())
            """));

    [Fact]
    public void A_list_is_appended_to_itself() =>
        Assert.Equal("[1, 2, 1, 2, 1, 2, 1, 2]", Script.Output("""
            def f():
                a = [1, 2]
                a += a
                a += a
                return a
            print(f())
            """));
}
