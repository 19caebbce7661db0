using System.Globalization;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting;

namespace Faultbox.Cli.Output;

/// <summary>What a person reads at the end of a run.</summary>
internal sealed class SuiteTextReport(TextWriter output, TerminalStyle style)
{
    /// <summary>Writes summary, inconclusive reasons, diagnostics, replay lines and the zero-traffic section.</summary>
    /// <param name="suite">The run.</param>
    /// <param name="bundlePath">Path of the written bundle, or null.</param>
    public void Write(SuiteResult suite, string? bundlePath)
    {
        if (bundlePath is not null)
        {
            output.WriteLine($"Bundle: {bundlePath}");
        }

        output.WriteLine();
        output.WriteLine(Summary(suite));
        WriteInconclusive(suite);
        WriteDiagnostics(suite);
        if (bundlePath is not null)
        {
            WriteReplays(suite, bundlePath);
        }

        WriteZeroTraffic(suite);
    }

    private static string N(int count) => count.ToString(CultureInfo.InvariantCulture);

    private string Summary(SuiteResult suite)
    {
        var failed = suite.Count(Result.Fail) + suite.Count(Result.Error);
        var notRun = suite.NotRun.Union(suite.Interrupted.Select(i => i.Name)).Count();
        var parts = new List<string>
        {
            style.Good($"{N(suite.Count(Result.Pass))} passed"),
            failed > 0 ? style.Bad($"{N(failed)} failed") : $"{N(failed)} failed",
        };
        if (suite.Count(Result.Inconclusive) is > 0 and var inconclusive)
        {
            parts.Add(style.Doubtful($"{N(inconclusive)} inconclusive"));
        }

        if (suite.Count(Result.Halted) is > 0 and var halted)
        {
            parts.Add($"{N(halted)} halted");
        }

        if (notRun > 0)
        {
            parts.Add(style.Doubtful($"{N(notRun)} not run (interrupted)"));
        }

        return string.Join(", ", parts);
    }

    private void WriteInconclusive(SuiteResult suite)
    {
        var reasons = suite.Tests.Where(t => t.Result == Result.Inconclusive).GroupBy(t => t.Reason ?? "", StringComparer.Ordinal).ToList();
        if (reasons.Count == 0)
        {
            return;
        }

        output.WriteLine("inconclusive:");
        foreach (var reason in reasons)
        {
            output.WriteLine($"  {ForeignText.PrintableLines(reason.Key)}{(reason.Count() > 1 ? $" (x{N(reason.Count())})" : "")}");
        }
    }

    private void WriteDiagnostics(SuiteResult suite)
    {
        var findings = suite.Tests
            .SelectMany(t => t.Diagnostics.Select(d => (Test: (string?)TestTextReport.DisplayName(t), Diagnostic: d)))
            .Concat(suite.Diagnostics.Select(d => (Test: (string?)null, Diagnostic: d)))
            .Where(f => f.Diagnostic.Level != DiagnosticLevel.Info)
            .ToList();
        if (findings.Count > 0)
        {
            output.WriteLine();
        }

        foreach (var (test, diagnostic) in findings)
        {
            DiagnosticText.Write(output, style, diagnostic, test);
        }
    }

    private void WriteReplays(SuiteResult suite, string bundlePath)
    {
        var failed = suite.Tests.Where(t => t.Result is Result.Fail or Result.Error).Select(t => (t.Name, t.Leaf?.Id)).Distinct().ToList();
        if (failed.Count == 0)
        {
            return;
        }

        output.WriteLine();
        foreach (var (name, leaf) in failed)
        {
            output.WriteLine($"Replay: {ReplayCommand.ForBundle(bundlePath, name, leaf)}");
        }
    }

    private void WriteZeroTraffic(SuiteResult suite)
    {
        var idle = suite.Tests.SelectMany(t => t.Faults.Where(f => f.ZeroTraffic).Select(f => (Test: t, Fault: f))).ToList();
        if (idle.Count == 0)
        {
            return;
        }

        output.WriteLine();
        var matchedNo = idle.All(i => i.Fault.Protocol is not null) ? "messages" : "syscalls";
        output.WriteLine(style.Doubtful($"Zero-traffic faults ({N(idle.Count)}): rule installed, matched no {matchedNo}"));
        foreach (var (test, fault) in idle)
        {
            var operation = fault.Operation is { } op ? $", op={op}" : "";
            var label = fault.Label is { } l ? $", label={l}" : "";
            var action = fault.Protocol?.Rule ?? $"{fault.Action}{operation}{label}";
            output.WriteLine($"  {TestTextReport.DisplayName(test)} — {fault.Service}.{fault.Keyword} ({ForeignText.Printable(action, ForeignText.RuleCharacters)})");
            if (fault.Hint is { } hint)
            {
                output.WriteLine($"    why: {ForeignText.Printable(hint)}");
            }
        }

        if (idle.Any(i => i.Fault.Protocol is null))
        {
            output.WriteLine("  The scenario may not make these calls while the window is open: widen the window or fault the call it makes.");
        }
    }
}
