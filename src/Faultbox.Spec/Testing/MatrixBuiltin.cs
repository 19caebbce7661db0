using Faultbox.Core.Diagnostics;
using Faultbox.Core.Verdicts;
using Faultbox.Spec.Execution;
using Faultbox.Spec.Loading;
using Faultbox.Spec.Properties;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Testing;

/// <summary><c>fault_matrix()</c>.</summary>
internal static class MatrixBuiltin
{
    /// <summary>The declaration.</summary>
    public static BuiltinDeclaration FaultMatrix { get; } = new(
        "fault_matrix",
        "Declares a test test_matrix_<scenario>_<fault> for every pair of a scenario and a fault, each like a fault_scenario().",
        Run,
        ParameterDeclaration.Required("scenarios", "list of callables", "The rows; a callable's name is the name of its row.") with { Form = ParameterForm.Keyword },
        ParameterDeclaration.Required("faults", "list of fault_assumptions", "The columns.") with { Form = ParameterForm.Keyword },
        ParameterDeclaration.Keyword("default_expect", "callable", "None", "Judges what a scenario returned, where overrides has nothing else; without it not raising is enough."),
        ParameterDeclaration.Keyword("overrides", "dict", "{}", "Other judgements by pair: {(scenario, fault): callable}."),
        ParameterDeclaration.Keyword("monitors", "list of monitors", "[]", "Watch every cell, instead of all tests."),
        ParameterDeclaration.Keyword("exclude", "list of pairs", "[]", "Pairs that are not run: [(scenario, fault)]."),
        ParameterDeclaration.Keyword("require_faults_fire", "bool", "False", "A cell in which a rule matched nothing is fault_bypassed, not passed."),
        ParameterDeclaration.Keyword("timeout", "duration", "\"30s\"", "Ends each scenario, as in fault_scenario()."),
        ParameterDeclaration.Keyword("after", "callable", "None", "Judges what each scenario returned, after the faults were removed."),
        ParameterDeclaration.Keyword("include_control", "bool", "False", "Adds the column none: every scenario without a fault."),
        ParameterDeclaration.Keyword("pairwise", "int", "None", "2 adds a column for every two faults that do not overlap."))
    {
        Phase = CallPhase.Load,
        Sandbox = SandboxRule.Forbidden,
        PositionalHint = "write fault_matrix(scenarios = [...], faults = [...])",
    };

    private static Value Run(in BuiltinCall call)
    {
        var rows = Rows(call);
        var columns = Columns(call);
        var overrides = Overrides(call, rows, columns);
        var excluded = Excluded(call, rows, columns);
        var matrix = new MatrixDefinition([.. rows.Select(r => r.Name)], [.. columns.Select(c => c.Name)], excluded);
        call.Scope.Registry.Add(matrix);
        var defaultExpect = call.Callable("default_expect");
        var after = call.Callable("after");
        var monitors = MonitorWatches.Read(call);
        var requiresFaults = call.Flag("require_faults_fire", false);
        foreach (var row in rows)
        {
            foreach (var column in columns)
            {
                var pair = new MatrixPair(row.Name, column.Name);
                if (excluded.Contains(pair))
                {
                    continue;
                }

                var expect = overrides.GetValueOrDefault(pair, defaultExpect);
                var definition = new ScenarioDefinition([.. column.Faults.Select(f => f.Name)], expect?.Name)
                {
                    Cell = new MatrixCell(matrix, pair),
                    RequiresFaults = requiresFaults,
                };
                call.Scope.Registry.AddNumbered(new DeclaredTest($"test_matrix_{row.Name}_{column.Name}", TestSource.FaultScenario, call.Position, row.Scenario)
                {
                    Plan = new ScenarioPlan(definition, column.Faults)
                    {
                        Expect = expect,
                        After = after,
                        Monitors = monitors,
                        Deadline = ScenarioBuiltin.Deadline(call, expect),
                    },
                });
            }
        }

        return Value.None;
    }

    private static List<Row> Rows(in BuiltinCall call)
    {
        var given = call.Items("scenarios");
        var rows = new List<Row>(given.Count);
        for (var i = 0; i < given.Count; i++)
        {
            if (!given[i].Is<StarlarkCallable>(out var scenario))
            {
                throw call.Error($"scenarios[{i}] must be a callable, got {given[i].TypeName}");
            }

            rows.Add(new Row(NewName(call, scenario.Name, "scenarios", n => rows.Exists(r => r.Name == n)), scenario));
        }

        return rows.Count > 0 ? rows : throw call.Error("scenarios must not be empty");
    }

    private static List<Column> Columns(in BuiltinCall call)
    {
        var assumptions = ScenarioBuiltin.Assumptions(call, "faults");
        if (assumptions.Count == 0)
        {
            throw call.Error("faults must not be empty");
        }

        var columns = new List<Column>();
        if (call.Flag("include_control", false))
        {
            columns.Add(new Column("none", []));
        }

        foreach (var assumption in assumptions)
        {
            columns.Add(new Column(NewName(call, assumption.Name, "faults", n => columns.Exists(c => c.Name == n)), [assumption]));
        }

        if (call.Has("pairwise"))
        {
            AddPairs(call, columns);
        }

        return columns;
    }

    private static void AddPairs(in BuiltinCall call, List<Column> columns)
    {
        if (!call["pairwise"].TryGetInt64(out var size) || size != 2 || call["pairwise"].TryGetBool(out _))
        {
            throw call.Error($"pairwise must be 2, got {call["pairwise"].Repr()}");
        }

        var single = columns.Where(c => c.Faults.Count == 1).ToList();
        for (var i = 0; i < single.Count; i++)
        {
            foreach (var other in single.Skip(i + 1).Where(o => !single[i].Faults[0].Overlaps(o.Faults[0])))
            {
                var name = NewName(call, $"{single[i].Name}_and_{other.Name}", "faults", n => columns.Exists(c => c.Name == n));
                columns.Add(new Column(name, [single[i].Faults[0], other.Faults[0]]));
            }
        }
    }

    /// <summary>A name for a row or column that no other has, so that no cell is lost.</summary>
    private static string NewName(in BuiltinCall call, string name, string parameter, Func<string, bool> isTaken)
    {
        var numbered = UniqueNames.Number(name, isTaken);
        if (numbered != name)
        {
            call.Scope.Registry.Diagnostics.Add(new Diagnostic("MATRIX_ROW_RENAMED", $"two of {parameter} are called \"{name}\"; the later one is shown as \"{numbered}\"")
            {
                Position = call.Position,
            });
        }

        return numbered;
    }

    private static Dictionary<MatrixPair, StarlarkCallable?> Overrides(in BuiltinCall call, List<Row> rows, List<Column> columns)
    {
        var overrides = new Dictionary<MatrixPair, StarlarkCallable?>();
        foreach (var (key, value) in call.Entries("overrides"))
        {
            var pairs = Pairs(call, key, $"overrides: key {key.Repr()}", rows, columns);
            if (!value.Is<StarlarkCallable>(out var expect))
            {
                throw call.Error($"overrides[{key.Repr()}] must be a callable, got {value.TypeName}");
            }

            pairs.ForEach(p => overrides[p] = expect);
        }

        return overrides;
    }

    private static List<MatrixPair> Excluded(in BuiltinCall call, List<Row> rows, List<Column> columns)
    {
        var given = call.Items("exclude");
        var excluded = new List<MatrixPair>();
        for (var i = 0; i < given.Count; i++)
        {
            excluded.AddRange(Pairs(call, given[i], $"exclude[{i}]", rows, columns));
        }

        return excluded;
    }

    /// <summary>The cells that a pair names: those of the very same scenario and fault, else those of their names.</summary>
    private static List<MatrixPair> Pairs(in BuiltinCall call, Value given, string what, List<Row> rows, List<Column> columns)
    {
        if (!given.Is<StarlarkTuple>(out _) || !given.TryGetItems(out var items) || items.Count != 2
            || !items[0].Is<StarlarkCallable>(out var scenario) || !items[1].Is<FaultAssumptionValue>(out var fault))
        {
            throw call.Error($"{what} must be a pair (scenario, fault_assumption)");
        }

        var named = Named(rows, r => ReferenceEquals(r.Scenario, scenario), r => r.Scenario.Name == scenario.Name);
        var under = Named(columns, c => c.Faults is [var only] && ReferenceEquals(only, fault), c => c.Faults is [var only] && only.Name == fault.Name);
        var pairs = named.SelectMany(r => under.Select(c => new MatrixPair(r.Name, c.Name))).ToList();
        if (pairs.Count == 0)
        {
            call.Scope.Registry.Diagnostics.Add(new Diagnostic("MATRIX_KEY_UNUSED", $"{what}: ({scenario.Name}, {fault.Name}) is not a pair of this matrix")
            {
                Position = call.Position,
            });
        }

        return pairs;
    }

    private static List<T> Named<T>(List<T> axis, Predicate<T> isSame, Predicate<T> hasName) =>
        axis.Exists(isSame) ? axis.FindAll(isSame) : axis.FindAll(hasName);

    private sealed record Row(string Name, StarlarkCallable Scenario);

    private sealed record Column(string Name, IReadOnlyList<FaultAssumptionValue> Faults);
}
