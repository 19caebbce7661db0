using Faultbox.Cli.Output;
using Faultbox.Core.Diagnostics;
using Faultbox.Reporting.Json;
using Faultbox.Reporting.Redaction;
using Faultbox.Runtime.Supervision;
using Faultbox.Spec.Loading;

namespace Faultbox.Cli.Checking;

/// <summary>One <c>check</c> command: loads a specification, starts nothing, and reports everything that was found.</summary>
internal static class SpecCheck
{
    /// <summary>An error was found.</summary>
    private const int Negative = 2;

    /// <summary>Runs the command.</summary>
    /// <param name="spec">Root specification as typed.</param>
    /// <param name="json">One JSON document instead of text.</param>
    /// <param name="maxInstances">Most executions a run may make, or null.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string spec, bool json, int? maxInstances)
    {
        var loaded = SpecLoader.Load(new SpecLoadOptions(spec) { Print = Console.Error.WriteLine });
        var check = Describe(spec, loaded, maxInstances);
        if (json)
        {
            RedactionModes.TryParse(Environment.GetEnvironmentVariable("FAULTBOX_REDACT"), out var mode);
            using var output = Console.OpenStandardOutput();
            CheckDocument.Write(output, check, Redactor.ForRun(mode));
        }
        else
        {
            WriteText(Console.Out, check, loaded);
        }

        return check.IsOk ? ExitCode.Success : Negative;
    }

    private static CheckRecord Describe(string spec, SpecLoadResult loaded, int? maxInstances)
    {
        if (!loaded.Succeeded)
        {
            var errors = loaded.Error.Code is { } code
                ? loaded.Error.Findings.Select(f => new Diagnostic(code, f.Message) { Position = f.Position })
                : [new Diagnostic("SPEC_LOAD_FAILED", loaded.Error.Message) { Suggestion = "Name the root specification, a .star file that can be read." }];
            return new CheckRecord(spec, [], 0, [.. errors, .. loaded.Error.Diagnostics], new Dictionary<string, IReadOnlyCollection<string>>());
        }

        var tests = loaded.Model.Tests.Select(t => t.Name).ToList();
        var findings = loaded.Model.Diagnostics.ToList();
        if (tests.Count > maxInstances)
        {
            findings.Insert(0, new Diagnostic("PLAN_COST_EXCEEDED", $"a run makes {tests.Count} executions, more than the limit of {maxInstances}"));
        }

        return new CheckRecord(spec, tests, tests.Count, findings, FilterPlan.Foresee(loaded.Model));
    }

    private static void WriteText(TextWriter output, CheckRecord check, SpecLoadResult loaded)
    {
        var style = TerminalStyle.ForStandardOutput();
        foreach (var finding in check.Findings)
        {
            DiagnosticText.WriteWithPlace(output, style, finding);
        }

        if (loaded.Error?.Traceback is { } traceback)
        {
            output.WriteLine(traceback);
        }

        if (!check.IsOk)
        {
            return;
        }

        var warnings = check.Findings.Count(f => f.Level == DiagnosticLevel.Warning);
        output.WriteLine(
            $"ok  {check.Spec} — {check.Tests.Count} test(s), {check.PlanInstances} plan instance(s){(warnings > 0 ? $", {warnings} warning(s)" : "")}");
        foreach (var (service, calls) in check.Filters.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            var named = loaded.Model?.FilteredSyscalls.GetValueOrDefault(service) ?? [];
            output.WriteLine($"    {service} intercepts {string.Join(", ", named)}{Others(calls, named)}");
        }
    }

    /// <summary>Calls that the filter intercepts without being named by the specification: siblings, and what earlier runs needed.</summary>
    private static string Others(IReadOnlyCollection<string> calls, IReadOnlyCollection<string> named)
    {
        var others = calls.Except(named, StringComparer.Ordinal).ToList();
        return others.Count == 0 ? "" : $"{(named.Count > 0 ? "; " : "")}also {string.Join(", ", others)} (calls of the same job, to tell why a rule matches nothing, or needed by an earlier run)";
    }
}
