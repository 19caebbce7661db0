using Faultbox.Core.Verdicts;
using Faultbox.Runtime;

namespace Faultbox.Spec.Tests.Testing;

public sealed class MatrixTests
{
    private const string Axes = """
        def get_a():
            return web.main.get(path = "/200/a")
        def get_b():
            return web.main.get(path = "/200/b")
        a_down = fault_assumption("a_down", target = web.main, rules = [error(path = "/200/a", status = 503)])
        b_down = fault_assumption("b_down", target = web.main, rules = [error(path = "/200/b", status = 503)])

        """;

    private const string Names = """
        def p():
            pass
        def q():
            pass
        x = fault_assumption("x")
        y = fault_assumption("y")

        """;

    [Fact]
    public void Every_pair_is_a_test_and_an_override_wins_over_the_default()
    {
        var suite = SpecRun.All(SpecRun.WebService() + Axes + """
            fault_matrix(scenarios = [get_a, get_b], faults = (a_down, b_down), default_expect = expect_success(),
                overrides = {(get_a, a_down): expect_error_within(ms = 60000), (get_b, a_down): lambda r: assert_eq(r.status, 201)})
            """);

        Assert.Equal(
            [
                "test_matrix_get_a_a_down passed expect_error_within", "test_matrix_get_a_b_down passed expect_success",
                "test_matrix_get_b_a_down expectation_violated lambda", "test_matrix_get_b_b_down expectation_violated expect_success",
            ],
            suite.Tests.Select(t => $"{t.Name} {Outcome.Of(t)} {t.Scenario!.Expectation}"));
        var matrix = Assert.Single(suite.Matrices);
        Assert.Equal(["get_a", "get_b"], matrix.Scenarios);
        Assert.Equal(["a_down", "b_down"], matrix.Faults);
        Assert.All(suite.Tests, t => Assert.Equal(matrix, t.Scenario!.Cell!.Matrix));
    }

    [Fact]
    public void A_required_rule_that_matches_nothing_bypasses_the_cell()
    {
        var suite = SpecRun.All(SpecRun.WebService() + Axes + """
            fault_matrix(scenarios = [get_a], faults = [a_down, b_down], require_faults_fire = True)
            """);

        Assert.Equal(["passed", "fault_bypassed"], suite.Tests.Select(Outcome.Of));
        Assert.All(suite.Tests, t => Assert.Equal(Result.Pass, t.Result));
        Assert.Equal(0, suite.ExitCode);
        var idle = Assert.Single(suite.Tests[1].Log.OfType("fault_zero_traffic"));
        Assert.Equal("1", idle.Field("seen"));
        Assert.Contains("GET /200/a (1)", idle.Field("hint"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_override_reaches_its_own_row_where_names_are_not_enough()
    {
        var model = Model("""
            one = lambda: 1
            two = lambda: 2
            fault_matrix(scenarios = [one, two, p], faults = [x, fault_assumption("x")], overrides = {(two, x): expect_success()}, exclude = [(one, x)])
            """);

        Assert.Equal(
            [
                "test_matrix_lambda_2_x expect_success", "test_matrix_lambda_2_x_2 ", "test_matrix_lambda_x_2 ", "test_matrix_p_x ", "test_matrix_p_x_2 ",
            ],
            model.Tests.Select(t => $"{t.Name} {t.Scenario!.Expectation}"));
        Assert.Equal(
            ["two of scenarios are called \"lambda\"; the later one is shown as \"lambda_2\"", "two of faults are called \"x\"; the later one is shown as \"x_2\""],
            Messages(model, "MATRIX_ROW_RENAMED"));
    }

    [Fact]
    public void A_pair_that_is_not_in_the_product_is_told()
    {
        var model = Model("""
            fault_matrix(scenarios = [p], faults = [x], overrides = {(q, x): len, (p, x): len}, exclude = [(p, y)])
            """);

        Assert.Equal("test_matrix_p_x", Assert.Single(model.Tests).Name);
        Assert.Equal(
            ["overrides: key (<function q>, <fault_assumption x>): (q, x) is not a pair of this matrix", "exclude[0]: (p, y) is not a pair of this matrix"],
            Messages(model, "MATRIX_KEY_UNUSED"));
        Assert.All(model.Diagnostics.Where(d => d.Code == "MATRIX_KEY_UNUSED"), d => Assert.Equal("shop.star:7:1", d.Position.ToString()));
    }

    [Fact]
    public void A_control_and_pairs_of_faults_that_do_not_overlap_are_columns_too()
    {
        var model = SpecDirectory.Model(SpecRun.WebService() + Axes + """
            disk = fault_assumption("disk", target = web, write = deny("EIO"))
            full = fault_assumption("full", target = web, pwrite64 = deny("ENOSPC"))
            fault_matrix(scenarios = [get_a], faults = [a_down, b_down, disk, full], include_control = True, pairwise = 2)
            """);

        Assert.Equal(
            ["none", "a_down", "b_down", "disk", "full", "a_down_and_disk", "a_down_and_full", "b_down_and_disk", "b_down_and_full"],
            Assert.Single(model.Matrices).Faults);
        Assert.Equal(["a_down", "disk"], model.Tests.Single(t => t.Name == "test_matrix_get_a_a_down_and_disk").Scenario!.Faults);
        Assert.Empty(model.Tests.Single(t => t.Name == "test_matrix_get_a_none").Scenario!.Faults);
    }

    [Fact]
    public void The_control_column_passes_where_the_faults_must_fire_and_the_recovery_is_judged_in_every_cell()
    {
        var suite = SpecRun.All(SpecRun.WebService() + Axes + """
            fault_matrix(scenarios = [get_a], faults = [a_down], include_control = True, require_faults_fire = True,
                after = lambda r: assert_eq(get_a().status, 200))
            """);

        Assert.Equal(["test_matrix_get_a_a_down passed", "test_matrix_get_a_none passed"], suite.Tests.Select(t => $"{t.Name} {Outcome.Of(t)}"));
        Assert.All(suite.Tests, t => Assert.Equal(1, t.Assertions));
    }

    [Fact]
    public void A_deadline_and_monitors_are_those_of_every_cell_and_of_no_other_test()
    {
        var suite = SpecRun.All(SpecRun.WebService() + Axes + """
            watch = monitor("watch", on = match.event(type = "step_recv"))
            fault_matrix(scenarios = [lambda: sleep("10m"), get_a], faults = [a_down], timeout = "500ms", monitors = [watch])
            def test_plain():
                assert_true(get_b().ok)
            """);

        Assert.Equal(["test_matrix_get_a_a_down passed", "test_matrix_lambda_a_down failed", "test_plain passed"], suite.Tests.Select(t => $"{t.Name} {Outcome.Of(t)}"));
        Assert.Equal([1, 1, 0], suite.Tests.Select(t => t.Monitors.Count));
    }

    [Fact]
    public void Cells_of_several_matrices_with_one_name_are_numbered_and_none_is_lost()
    {
        var model = Model("""
            fault_matrix(scenarios = [p], faults = [x])
            fault_matrix(scenarios = [p], faults = [x])
            """);

        Assert.Equal(["test_matrix_p_x", "test_matrix_p_x_2"], model.Tests.Select(t => t.Name));
        Assert.Single(model.Diagnostics, d => d.Code == "DUPLICATE_TEST_NAME");
        Assert.Equal(2, model.Matrices.Count);
    }

    [Theory]
    [InlineData("fault_matrix()", "fault_matrix(): missing required arguments scenarios, faults")]
    [InlineData("fault_matrix([p], [x])", "fault_matrix() takes keywords only; write fault_matrix(scenarios = [...], faults = [...])")]
    [InlineData("fault_matrix(scenarios = p, faults = [x])", "fault_matrix(): scenarios must be list, got function")]
    [InlineData("fault_matrix(scenarios = [p, 3], faults = [x])", "fault_matrix(): scenarios[1] must be a callable, got int")]
    [InlineData("fault_matrix(scenarios = [], faults = [x])", "fault_matrix(): scenarios must not be empty")]
    [InlineData("fault_matrix(scenarios = [p], faults = [])", "fault_matrix(): faults must not be empty")]
    [InlineData("fault_matrix(scenarios = [p], faults = [\"x\"])", "fault_matrix(): faults[0] must be a fault_assumption, got string")]
    [InlineData("fault_matrix(scenarios = [p], faults = [x], default_expect = 3)", "fault_matrix(): default_expect must be a callable, got int")]
    [InlineData("fault_matrix(scenarios = [p], faults = [x], overrides = [3])", "fault_matrix(): overrides must be dict, got list")]
    [InlineData("fault_matrix(scenarios = [p], faults = [x], overrides = {p: len})", "fault_matrix(): overrides: key <function p> must be a pair (scenario, fault_assumption)")]
    [InlineData("fault_matrix(scenarios = [p], faults = [x], overrides = {(p, x): 3})", "must be a callable, got int")]
    [InlineData("fault_matrix(scenarios = [p], faults = [x], exclude = [(p,)])", "fault_matrix(): exclude[0] must be a pair (scenario, fault_assumption)")]
    [InlineData("fault_matrix(scenarios = [p], faults = [x], exclude = [[p, x]])", "fault_matrix(): exclude[0] must be a pair (scenario, fault_assumption)")]
    [InlineData("fault_matrix(scenarios = [p], faults = [x], exclude = (p, x))", "fault_matrix(): exclude[0] must be a pair (scenario, fault_assumption)")]
    [InlineData("fault_matrix(scenarios = [p], faults = [x], monitors = [3])", "fault_matrix(): monitors[0] must be a monitor, got int")]
    [InlineData("fault_matrix(scenarios = [p], faults = [x], require_faults_fire = 1)", "fault_matrix(): require_faults_fire must be bool, got int")]
    [InlineData("fault_matrix(scenarios = [p], faults = [x], timeout = \"-1s\")", "fault_matrix(): timeout must not be negative, got \"-1s\"")]
    [InlineData("fault_matrix(scenarios = [p], faults = [x], pairwise = 3)", "fault_matrix(): pairwise must be 2, got 3")]
    [InlineData("fault_matrix(scenarios = [p], faults = [x], overides = {})", "fault_matrix(): unknown keyword argument \"overides\"; did you mean \"overrides\"?")]
    public void A_bad_matrix_is_refused_while_the_specification_loads(string line, string message) =>
        Assert.Contains(message, SpecDirectory.Error(Names + line).Message, StringComparison.Ordinal);

    private static SpecModel Model(string lines) => SpecDirectory.Model(Names + lines);

    private static IEnumerable<string> Messages(SpecModel model, string code) => model.Diagnostics.Where(d => d.Code == code).Select(d => d.Message);
}
