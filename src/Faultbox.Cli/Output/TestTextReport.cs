using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;

namespace Faultbox.Cli.Output;

/// <summary>What a person reads about one executed test.</summary>
internal sealed class TestTextReport(TextWriter output, TerminalStyle style, bool debug)
{
    private const int MostFaultedLines = 60;

    /// <summary>Writes header, reason, replay line, faulted calls and fault windows.</summary>
    public void Write(TestResult test, string? replay)
    {
        output.WriteLine();
        output.WriteLine(Header(test));
        if (debug && test.ReturnValue is { } value)
        {
            output.WriteLine($"  returned: {ForeignText.Printable(value)}");
        }

        if (test.Result != Result.Pass)
        {
            WriteReason(test, replay);
        }

        WriteSyscalls(test);
        if (test.Result is Result.Fail or Result.Error)
        {
            WriteBreakdown(test);
            WriteTraceback(test);
        }
    }

    /// <summary>Name of a row with its run number when the test was repeated, and its leaf when it has several.</summary>
    public static string DisplayName(TestResult test)
    {
        var run = test.Run is { } number ? string.Create(CultureInfo.InvariantCulture, $" [run {number}]") : "";
        var leaf = test.Leaf is { } l ? $" [{l}]" : "";
        return $"{test.Name}{run}{leaf}";
    }

    private string Header(TestResult test)
    {
        var status = test.Result switch
        {
            Result.Pass when test.FaultBypassed => style.Doubtful("BYPASSED"),
            Result.Pass => style.Good("PASS"),
            Result.Fail => style.Bad("FAIL"),
            Result.Error => style.Bad("ERROR"),
            Result.Inconclusive => style.Doubtful("INCONCLUSIVE"),
            _ => style.Dim("HALTED"),
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"--- {status}: {style.Strong(DisplayName(test))} ({test.Duration.TotalMilliseconds:0}ms, seed={test.Seed}) ---");
    }

    private void WriteReason(TestResult test, string? replay)
    {
        output.WriteLine($"  reason: {ForeignText.PrintableLines(test.Reason ?? "")}");
        foreach (var line in test.Detail?.TrimEnd('\n').Split('\n') ?? [])
        {
            output.WriteLine(style.Dim($"    {ForeignText.Printable(line)}"));
        }

        if (replay is not null && test.Result is Result.Fail or Result.Error)
        {
            output.WriteLine($"  replay: {replay}");
        }
    }

    private void WriteSyscalls(TestResult test)
    {
        var total = test.Syscalls.Sum(s => s.Total);
        if (total > 0)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  syscall trace ({total} events):"));
            WriteFaulted(test);
        }

        foreach (var window in test.Windows)
        {
            var rules = string.Join(", ", window.Rules.Select(r => $"{r.Name}={ForeignText.Printable(r.Value, ForeignText.RuleCharacters)}"));
            var hits = window.Hits > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({window.Hits} hits)") : "";
            output.WriteLine($"  {(window.Trace ? "trace" : "fault")} rule on {window.Service}: {rules}{hits}");
        }

        var faults = test.Faults.Where(f => f.Protocol is not null || f.Action is "deny" or "delay" or "kill").ToList();
        if (faults.Count > 0 && faults.All(f => f.Hits == 0))
        {
            output.WriteLine(style.Doubtful("  WARNING: fault rules were installed but no injections fired"));
            if (faults.Any(f => f.Matches == 0))
            {
                output.WriteLine("    - the call may have happened before the window opened: put it inside run=, or use fault_start()/fault_stop()");
            }

            foreach (var fault in faults.Where(f => f.Matches > 0))
            {
                var why = fault.WithoutEffect > 0
                    ? "found nothing to act on: what it changes is not there, or the place that it names is never reached"
                    : "was never due: check its nth=, after=, every=, first= and probability=";
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"    - {fault.Service}.{fault.Keyword} matched {fault.Matches} time{(fault.Matches == 1 ? "" : "s")} and {why}"));
            }

            if (faults.Any(f => f is { Protocol: null, Matches: 0 }))
            {
                output.WriteLine("    - the service may make another call: run with --debug, or trace() the service to see what it does");
            }

            if (faults.Any(f => f is { Protocol: not null, Matches: 0 }))
            {
                output.WriteLine("    - the messages may differ from the pattern or go past the proxy: what the window saw is told at the end");
            }
        }
    }

    private void WriteFaulted(TestResult test)
    {
        var shown = 0;
        var faulted = 0;
        foreach (var e in test.Log.OfType("syscall").Where(FaultedCalls.IsFaulted))
        {
            faulted++;
            if (shown == MostFaultedLines)
            {
                continue;
            }

            shown++;
            output.WriteLine(FaultedLine(e));
        }

        if (faulted > shown)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    … and {faulted - shown} more"));
        }
    }

    private string FaultedLine(TraceEvent e)
    {
        var call = e.Field("op") is { } op ? $"{op}({e.Field("syscall")})" : e.Field("syscall");
        var label = e.Field("label") is { } l ? $"  [{ForeignText.Printable(l)}]" : "";
        var path = e.Field("path") is { } p ? $"  {ForeignText.Printable(p)}" : "";
        var latency = e.Field("latency_ms") is { } ms ? $"  (+{ms}ms)" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"    {$"#{e.Sequence}",-5} {e.Service,-12} {call,-16} {style.Bad(e.Field("decision") ?? "")}{label}{path}{latency}");
    }

    private void WriteBreakdown(TestResult test)
    {
        if (test.Syscalls.Count == 0)
        {
            return;
        }

        output.WriteLine("  per-service syscall summary:");
        foreach (var s in test.Syscalls)
        {
            var calls = string.Join(' ', s.Breakdown.Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.Key}:{b.Value}")));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {s.Service,-12} {s.Total} total, {s.Faulted} faulted{Dropped(s)}  [{calls}]"));
        }
    }

    private static string Dropped(SyscallSummary summary) => summary.DroppedNotifications == 0
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $", {summary.DroppedNotifications} gone before their answer");

    private void WriteTraceback(TestResult test)
    {
        if (test.Traceback.Count == 0)
        {
            return;
        }

        output.WriteLine("  Traceback (most recent call last):");
        foreach (var frame in test.Traceback)
        {
            output.WriteLine($"    {frame.Position}: in {frame.Name}");
        }
    }
}
