namespace Faultbox.Spec.Tests.Facts;

/// <summary>Which interfaces the rules of a specification may be about, known before the first test.</summary>
public sealed class FaultedInterfaceTests
{
    [Theory]
    [InlineData("def test_x():\n    fault(a.main, drop(), run = f)\n", "a.main")]
    [InlineData("def test_x():\n    fault_start(b.main, drop())\n", "b.main")]
    [InlineData("x = fault_assumption(\"x\", target = a.main, rules = [drop()])\n", "a.main")]
    [InlineData("def go(t):\n    fault(t, drop(), run = f)\ndef test_x():\n    go(b.main)\n", "b.main")]
    [InlineData("def test_x():\n    fault(getattr(a, \"ma\" + \"in\"), drop(), run = f)\n", "a.main b.main")]
    [InlineData("fault_scenario(\"s\", scenario = f, faults = [fault_assumption(\"x\", target = t, rules = [drop()]) for t in [a.main, b.main]])\n", "a.main b.main")]
    [InlineData("def probe():\n    fault(b.main, drop(), run = f)\nfault_matrix(scenarios = [probe], faults = [fault_assumption(\"x\", target = a.main, rules = [drop()])])\n", "a.main b.main")]
    [InlineData("fault_scenario(\"s\", scenario = f, faults = fault_assumption(\"x\", target = a.main, write = deny(\"EIO\")))\n", "")]
    [InlineData("def test_x():\n    fault(a, write = deny(\"EIO\"), run = f)\n", "")]
    public void Every_window_on_an_interface_counts(string body, string expected)
    {
        var model = SpecDirectory.Model(SpecRun.LineService("a") + SpecRun.LineService("b") + "def f():\n    pass\n" + body);
        Assert.Equal(expected, string.Join(' ', model.FaultedInterfaces.Select(i => i.ToString()).Order()));
    }
}
