using System.Globalization;
using Faultbox.Core.Verdicts;

namespace Faultbox.Cli.Output;

/// <summary>What a person reads of the matrices of a run: a grid each, what the cells amount to, and why some did not pass.</summary>
/// <param name="output">Where it is written.</param>
/// <param name="style">Colors.</param>
/// <param name="replay">Command line that repeats a row.</param>
internal sealed class MatrixTextReport(TextWriter output, TerminalStyle style, Func<TestResult, string> replay)
{
    private const string NotRun = "·";
    private const string Excluded = "— (excluded)";

    /// <summary>Writes every matrix of which a cell ran.</summary>
    public void Write(SuiteResult suite)
    {
        foreach (var matrix in suite.Matrices)
        {
            var cells = suite.Tests
                .Where(t => t.Scenario?.Cell?.Matrix == matrix)
                .GroupBy(t => t.Scenario!.Cell!.Pair)
                .ToDictionary(leaves => leaves.Key, leaves => new Cell([.. leaves]));
            if (cells.Count > 0)
            {
                Write(matrix, cells, isCutShort: suite.NotRun.Count + suite.Interrupted.Count > 0);
            }
        }
    }

    /// <summary>Of a run that was cut short the whole matrix is shown, so that what is missing is seen; otherwise what was asked for.</summary>
    private void Write(MatrixDefinition matrix, Dictionary<MatrixPair, Cell> cells, bool isCutShort)
    {
        var scenarios = matrix.Scenarios.Where(s => isCutShort || cells.Keys.Any(p => p.Scenario == s)).ToList();
        var faults = matrix.Faults.Where(f => isCutShort || cells.Keys.Any(p => p.Fault == f)).ToList();
        var missing = isCutShort
            ? scenarios.SelectMany(s => faults.Select(f => new MatrixPair(s, f))).Except(cells.Keys).Except(matrix.Excluded).Count()
            : 0;
        output.WriteLine();
        output.WriteLine($"Fault Matrix: {Count(scenarios.Count, "scenario")} × {Count(faults.Count, "fault")} = {Count(cells.Count + missing, "cell")}");
        output.WriteLine();
        WriteGrid(matrix, cells, scenarios, faults);
        output.WriteLine();
        var inOrder = scenarios.SelectMany(s => faults.Select(f => cells.GetValueOrDefault(new MatrixPair(s, f)))).OfType<Cell>().ToList();
        output.WriteLine($"Result: {ResultOf(inOrder, missing)}");
        WriteFailures(inOrder);
        WriteSection("Bypassed:", inOrder.Where(c => c.Outcome == "fault_bypassed").Select(c => (c, $"matched nothing: {c.IdleRules}")));
        WriteSection("Warnings:", inOrder.SelectMany(c => c.Doubts.Select(d => (c, d))));
    }

    private void WriteGrid(MatrixDefinition matrix, Dictionary<MatrixPair, Cell> cells, List<string> scenarios, List<string> faults)
    {
        var first = scenarios.Max(s => s.Length);
        var widths = faults.Select(f => Math.Max(f.Length, scenarios.Max(s => TextAt(s, f).Length))).ToList();
        output.WriteLine(Line(new string(' ', first), faults.Select((f, i) => f.PadRight(widths[i]))));
        output.WriteLine($"{new string('─', first + 1)}┼{string.Join('┼', widths.Select(w => new string('─', w + 2)))}".TrimEnd());
        foreach (var scenario in scenarios)
        {
            output.WriteLine(Line(scenario.PadRight(first), faults.Select((f, i) => Painted(scenario, f, widths[i]))));
        }

        string TextAt(string scenario, string fault) =>
            cells.TryGetValue(new MatrixPair(scenario, fault), out var cell) ? cell.Text
            : matrix.Excluded.Contains(new MatrixPair(scenario, fault)) ? Excluded
            : NotRun;

        string Painted(string scenario, string fault, int width)
        {
            var text = TextAt(scenario, fault).PadRight(width);
            return cells.TryGetValue(new MatrixPair(scenario, fault), out var cell) ? cell.Paint(style, text) : style.Dim(text);
        }

        static string Line(string head, IEnumerable<string> columns) => $"{head} │ {string.Join(" │ ", columns)}".TrimEnd();
    }

    private void WriteFailures(List<Cell> cells)
    {
        var failed = cells.Where(c => c.Worst.Result is not (Result.Pass or Result.Halted)).ToList();
        if (failed.Count == 0)
        {
            return;
        }

        output.WriteLine("Failures:");
        foreach (var cell in failed)
        {
            output.WriteLine($"  {cell.Name}: {ForeignText.PrintableLines(cell.Worst.Reason ?? "")}");
            if (cell.Worst.Result is Result.Fail or Result.Error)
            {
                output.WriteLine($"    replay: {replay(cell.Worst)}");
            }

            if (cell.Worst.Traceback.Count > 1)
            {
                foreach (var frame in cell.Worst.Traceback)
                {
                    output.WriteLine(style.Dim($"    {frame.Position}: in {frame.Name}"));
                }
            }
        }
    }

    private void WriteSection(string title, IEnumerable<(Cell Cell, string Text)> lines)
    {
        foreach (var (index, (cell, text)) in lines.Index())
        {
            if (index == 0)
            {
                output.WriteLine(style.Doubtful(title));
            }

            output.WriteLine($"  {cell.Name}: {ForeignText.PrintableLines(text)}");
        }
    }

    private static string ResultOf(List<Cell> cells, int missing)
    {
        var parts = new List<string> { string.Create(CultureInfo.InvariantCulture, $"{cells.Count(c => c.Outcome == "passed")}/{cells.Count + missing} passed") };
        foreach (var others in cells.Where(c => c.Outcome != "passed").GroupBy(c => c.Counted))
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{others.Count()} {others.Key}"));
        }

        if (missing > 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{missing} not run"));
        }

        return string.Join(", ", parts);
    }

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    /// <summary>All leaves and runs of one pair; the worst of them stands for it.</summary>
    private sealed class Cell
    {
        private readonly IReadOnlyList<TestResult> _leaves;

        public Cell(IReadOnlyList<TestResult> leaves)
        {
            _leaves = leaves;
            Worst = Core.Verdicts.Outcome.Worst(leaves, Core.Verdicts.Outcome.Of);
            Outcome = Core.Verdicts.Outcome.Of(Worst);
        }

        public TestResult Worst { get; }

        public string Outcome { get; }

        public string Name => $"{Worst.Scenario!.Cell!.Pair.Scenario} × {Worst.Scenario.Cell.Pair.Fault}{(_leaves.Count > 1 && Worst.Leaf is { } leaf ? $" [{leaf}]" : "")}";

        /// <summary>Word of the grid, how often it is the word of a leaf when there are several, and a mark when the verdict is in doubt.</summary>
        public string Text
        {
            get
            {
                var word = Outcome switch
                {
                    "passed" => string.Create(CultureInfo.InvariantCulture, $"PASS ({Worst.Duration.TotalMilliseconds:0}ms)"),
                    "expectation_violated" => "VIOLATED",
                    "fault_bypassed" => "BYPASSED",
                    "errored" => "ERROR",
                    "inconclusive" => "INCONCLUSIVE",
                    "halted" => "HALTED",
                    _ => "FAIL",
                };
                var count = _leaves.Count > 1
                    ? string.Create(CultureInfo.InvariantCulture, $" {_leaves.Count(l => Core.Verdicts.Outcome.Of(l) == Outcome)}/{_leaves.Count}")
                    : "";
                return $"{word}{count}{(Doubts.Any() ? " !" : "")}";
            }
        }

        /// <summary>Word of the line of results.</summary>
        public string Counted => Outcome switch
        {
            "expectation_violated" => "violated",
            "fault_bypassed" => "bypassed",
            "errored" or "inconclusive" or "halted" => Outcome,
            _ => "failed",
        };

        public string IdleRules => string.Join(", ", Worst.Faults.Where(f => f.ZeroTraffic).Select(f => $"{f.Service}.{f.Keyword}"));

        public IEnumerable<string> Doubts => _leaves.SelectMany(l => l.Doubts).Select(d => d.Message).Distinct();

        public string Paint(TerminalStyle style, string text) => Worst.Result switch
        {
            Result.Pass => Outcome == "passed" && !Doubts.Any() ? style.Good(text) : style.Doubtful(text),
            Result.Fail or Result.Error => style.Bad(text),
            Result.Inconclusive => style.Doubtful(text),
            _ => style.Dim(text),
        };
    }
}
