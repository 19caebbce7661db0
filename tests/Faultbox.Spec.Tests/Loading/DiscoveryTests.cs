namespace Faultbox.Spec.Tests.Loading;

public sealed class DiscoveryTests
{
    [Fact]
    public void Tests_come_from_functions_scenarios_and_declarations_and_are_sorted_by_bytes()
    {
        var model = SpecDirectory.Model("""
            def test_b():
                pass

            def checkout():
                return 1

            scenario(checkout)
            scenario(lambda: 1, name = "quick")
            test("a", body = lambda: None)
            test_not_callable = 3
            def helper():
                pass
            """);
        Assert.Equal(["test_a", "test_b", "test_checkout", "test_quick"], model.Tests.Select(t => t.Name));
        Assert.Equal(1, model.Tests.Single(t => t.Name == "test_b").Position.Line);
        Assert.Equal(TimeSpan.FromSeconds(30), model.Tests.Single(t => t.Name == "test_a").Timeout);
        Assert.Null(model.Tests.Single(t => t.Name == "test_b").Timeout);
    }

    [Fact]
    public void Functions_of_loaded_modules_are_no_tests_but_declared_tests_are()
    {
        using var spec = new SpecDirectory();
        spec.With("a.star", "def test_hidden():\n    pass\n\ntest(\"shown\", body = test_hidden)\nx = 1\n")
            .With("shop.star", "load(\"a.star\", \"x\", \"test_hidden\")\n");
        Assert.Equal(["test_shown"], spec.Load().Model!.Tests.Select(t => t.Name));
    }

    [Fact]
    public void The_first_source_of_a_name_wins_and_the_other_is_reported()
    {
        var model = SpecDirectory.Model("test(\"x\", body = lambda: 2)\n\ndef test_x():\n    return 1\n");
        Assert.Equal(3, Assert.Single(model.Tests).Position.Line);
        var finding = Assert.Single(model.Diagnostics, d => d.Code == "DUPLICATE_TEST_NAME");
        Assert.Contains("shop.star:3:", finding.Message, StringComparison.Ordinal);
        Assert.Contains("shop.star:1:", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_declared_twice_by_test_is_an_error()
    {
        Assert.Contains(
            "test(\"x\"): a test of this name is declared at shop.star:1:",
            SpecDirectory.Error("test(\"x\", body = lambda: 1)\ntest(\"x\", body = lambda: 2)\n").Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_specification_without_tests_is_reported()
    {
        Assert.Contains(SpecDirectory.Model("x = 1\n").Diagnostics, d => d.Code == "NO_TESTS_DISCOVERED");
    }

    [Fact]
    public void A_global_that_hides_a_builtin_is_reported()
    {
        var model = SpecDirectory.Model("def test(x):\n    return x\n\ntest_x = test\nassert_eq(test(3), 3)\n");
        var finding = Assert.Single(model.Diagnostics, d => d.Code == "BUILTIN_SHADOWED");
        Assert.Contains("test", finding.Message, StringComparison.Ordinal);
        Assert.Equal("shop.star:1", $"{finding.Position!.Value.File}:{finding.Position!.Value.Line}");
    }

    [Theory]
    [InlineData("test(\"\", body = lambda: 1)", "test(\"\"): name must not be empty")]
    [InlineData("test(\"x\", body = 1)", "test(\"x\"): body must be a callable, got int")]
    [InlineData("test(\"x\", body = lambda: 1, setup = \"s\")", "test(\"x\"): setup must be a callable, got string")]
    [InlineData("test(\"x\", body = lambda: 1, timeout = \"soon\")", "test(\"x\"): bad duration \"soon\"")]
    [InlineData("test(\"x\", body = lambda: 1, timeout = \"0\")", "test(\"x\"): timeout must be positive")]
    [InlineData("test(\"x\", body = lambda: 1, clock = \"virtual\")", "gVisor")]
    [InlineData("test(\"x\", body = lambda: 1, clock = \"sun\")", "\"wall\"")]
    [InlineData("test(\"x\", body = lambda: 1, expect = 1)", "test(\"x\"): expect= is not supported by this version of Faultbox")]
    [InlineData("test(\"x\")", "test(\"x\"): missing required argument body")]
    [InlineData("scenario()", "scenario() requires exactly one callable")]
    [InlineData("scenario(1)", "scenario() argument must be a callable, got int")]
    public void Bad_declarations_name_the_test_and_the_mistake(string line, string message)
    {
        Assert.Contains(message, SpecDirectory.Error(line + "\n").Message, StringComparison.Ordinal);
    }
}
