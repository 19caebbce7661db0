namespace Faultbox.Core.Verdicts;

/// <summary>What is known beforehand about a test that is a scenario under faults.</summary>
/// <param name="Faults">Names of the assumptions in force, in the order given; empty for a positive control.</param>
/// <param name="Expectation">Name of what judges the result, for example <c>expect_success</c> or <c>lambda</c>; null when nothing does.</param>
public sealed record ScenarioDefinition(IReadOnlyList<string> Faults, string? Expectation)
{
    /// <summary>The matrix cell that the test is; null for a scenario of its own.</summary>
    public MatrixCell? Cell { get; init; }

    /// <summary>True when every rule must match something for the row to count as passed.</summary>
    public bool RequiresFaults { get; init; }
}

/// <summary>A declared matrix of scenarios and faults.</summary>
/// <param name="Scenarios">Names of the rows, in declaration order.</param>
/// <param name="Faults">Names of the columns, in declaration order.</param>
/// <param name="Excluded">Pairs that are not run.</param>
public sealed record MatrixDefinition(
    IReadOnlyList<string> Scenarios, IReadOnlyList<string> Faults, IReadOnlyList<MatrixPair> Excluded);

/// <summary>A scenario and a fault of a matrix.</summary>
/// <param name="Scenario">Name of the row.</param>
/// <param name="Fault">Name of the column.</param>
public readonly record struct MatrixPair(string Scenario, string Fault);

/// <summary>A pair that is run.</summary>
/// <param name="Matrix">Matrix it belongs to.</param>
/// <param name="Pair">Its row and column.</param>
public sealed record MatrixCell(MatrixDefinition Matrix, MatrixPair Pair);
