using System.Text.Json;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Leaves;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Json;
using Faultbox.Reporting.Tests.Support;
using TestResult = Faultbox.Core.Verdicts.TestResult;

namespace Faultbox.Reporting.Tests.Json;

public sealed class MatrixJsonTests
{
    private static readonly MatrixDefinition Matrix = new(["place", "cancel"], ["slow", "down"], [new MatrixPair("cancel", "down")]);

    [Fact]
    public void Cells_are_listed_and_counted_and_those_undecided_are_neither_passed_nor_failed()
    {
        var bytes = Write(
            Cell("cancel", "slow", Result.Inconclusive),
            Cell("place", "down", Result.Fail) with { ExpectationViolated = true, Reason = "too late" },
            Cell("place", "slow") with { Diagnostics = [new Diagnostic("EXPECTATION_RETURNED_FALSE", "expectation returned False but did not fail")] },
            Sample.Row("test_plain"));

        Assert.Empty(JsonSchema.Load("trace.schema.json").Validate(bytes));
        var matrix = JsonDocument.Parse(bytes).RootElement.GetProperty("matrix");
        Assert.Equal("""["place","cancel"]""", Compact(matrix.GetProperty("scenarios")));
        Assert.Equal("""["slow","down"]""", Compact(matrix.GetProperty("faults")));
        Assert.Equal("""[["cancel","down"]]""", Compact(matrix.GetProperty("excluded")));
        Assert.Equal((3, 1, 1, 1), (Number(matrix, "total"), Number(matrix, "passed"), Number(matrix, "failed"), Number(matrix, "inconclusive")));
        Assert.Equal(
            [
                """{"scenario":"cancel","fault":"slow","passed":false,"outcome":"inconclusive","duration_ms":64,"expectation":"expect_success","test":"test_matrix_cancel_slow","leaves":1}""",
                """{"scenario":"place","fault":"down","passed":false,"outcome":"expectation_violated","duration_ms":64,"expectation":"expect_success","reason":"too late","test":"test_matrix_place_down","leaves":1}""",
                """{"scenario":"place","fault":"slow","passed":true,"outcome":"passed","duration_ms":64,"expectation":"expect_success","warnings":["expectation returned False but did not fail"],"test":"test_matrix_place_slow","leaves":1}""",
            ],
            matrix.GetProperty("cells").EnumerateArray().Select(Compact));
    }

    [Fact]
    public void Several_leaves_are_one_cell_with_the_worst_outcome()
    {
        var axis = new Axis(AxisKind.Choice, "n", 2);
        var bytes = Write(
            Cell("place", "slow") with { Leaf = new Leaf(0, [new AxisDigit(axis, 0)]) },
            Cell("place", "slow", Result.Fail) with { Leaf = new Leaf(1, [new AxisDigit(axis, 1)]) });

        Assert.Empty(JsonSchema.Load("trace.schema.json").Validate(bytes));
        var cell = JsonDocument.Parse(bytes).RootElement.GetProperty("matrix").GetProperty("cells").EnumerateArray().Single();
        Assert.Equal(("failed", 1, 2), (cell.GetProperty("outcome").GetString(), Number(cell, "leaf_id"), Number(cell, "leaves")));
    }

    [Fact]
    public void A_run_without_a_cell_has_no_matrix() =>
        Assert.False(JsonDocument.Parse(Write(Sample.Row("test_plain"))).RootElement.TryGetProperty("matrix", out _));

    [Fact]
    public void Rows_of_the_manifest_name_their_cell_and_the_silent_rules_and_are_counted_twice()
    {
        using var directory = new TemporaryDirectory();
        var idle = new FaultSummary
        {
            Service = "db",
            Keyword = "main:drop",
            Action = "drop",
            Hits = 0,
            Matches = 0,
            Windows = [new RuleUse("drop()", 0, 1, 2)],
            Protocol = new ProtocolRuleSummary("main", "tcp", "drop()", "down", 3),
        };
        var bypassed = Cell("place", "down") with { Faults = [idle] };
        bypassed = bypassed with { Scenario = bypassed.Scenario! with { RequiresFaults = true } };

        var bundle = BundleReader.Open(Sample.Write(directory, Sample.Bundle(Suite(bypassed))));

        var row = bundle.Info.Manifest.GetProperty("tests")[0];
        Assert.Equal("fault_bypassed", row.GetProperty("outcome").GetString());
        Assert.Equal("""["down"]""", Compact(row.GetProperty("fault_assumptions")));
        Assert.Equal("""{"scenario":"place","fault":"down"}""", Compact(row.GetProperty("matrix")));
        Assert.Equal("""[{"service":"db","syscall":"main:drop","action":"drop","interface":"main"}]""", Compact(row.GetProperty("bypassed_rules")));
        Assert.Equal("""{"total":1,"passed":1,"failed":0,"errored":0,"fault_bypassed":1}""", Compact(bundle.Info.Manifest.GetProperty("summary")));
        using var manifest = new MemoryStream();
        bundle.CopyTo("manifest.json", manifest);
        Assert.Empty(JsonSchema.Load("manifest.schema.json").Validate(manifest.ToArray()));
    }

    private static TestResult Cell(string scenario, string fault, Result result = Result.Pass) => Sample.Row($"test_matrix_{scenario}_{fault}", result) with
    {
        Scenario = new ScenarioDefinition([fault], "expect_success") { Cell = new MatrixCell(Matrix, new MatrixPair(scenario, fault)) },
    };

    private static SuiteResult Suite(params TestResult[] tests) => Sample.Suite(tests) with { Matrices = [Matrix] };

    private static byte[] Write(params TestResult[] tests)
    {
        using var stream = new MemoryStream();
        RunDocument.Write(stream, RunRecord.Of(Suite(tests)), Sample.Redactor(), bundle: null);
        return stream.ToArray();
    }

    private static int Number(JsonElement element, string member) => element.GetProperty(member).GetInt32();

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element);
}
