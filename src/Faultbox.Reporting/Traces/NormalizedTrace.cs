using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Faultbox.Core.Events;

namespace Faultbox.Reporting.Traces;

/// <summary>
/// The text of a trace without anything that differs between two equal runs: no times, processes, addresses, numbers or clocks. Within a row
/// services come in ordinal order, each with its own events in order.
/// </summary>
public sealed partial class NormalizedTrace : ITraceVisitor
{
    private readonly TextWriter _output;
    private readonly SortedDictionary<string, StringBuilder> _services = new(StringComparer.Ordinal);

    /// <summary>Writes to a text writer, with line feeds.</summary>
    public NormalizedTrace(TextWriter output) => _output = output;

    /// <inheritdoc/>
    public void Begin(TracedRow row)
    {
        var suffix = row.Run is { } run ? string.Create(CultureInfo.InvariantCulture, $" [run {run}]") : "";
        var leaf = row.Leaf.Length > 0 ? $" [leaf {row.Leaf}]" : "";
        _output.Write($"=== {row.Name} ==={suffix}{leaf}\n");
    }

    /// <inheritdoc/>
    public void Visit(TraceEvent e)
    {
        if (Line(e) is not { } line)
        {
            return;
        }

        var service = e.Service.Length > 0 ? e.Service : EventNames.Driver;
        if (!_services.TryGetValue(service, out var lines))
        {
            _services[service] = lines = new StringBuilder();
        }

        lines.Append(line.ReplaceLineEndings(" ")).Append('\n');
    }

    /// <inheritdoc/>
    public void End()
    {
        foreach (var (service, lines) in _services)
        {
            _output.Write($"--- {service} ---\n");
            _output.Write(lines);
        }

        _services.Clear();
    }

    private static string? Line(TraceEvent e) => e.Type switch
    {
        "syscall" => Syscall(e),
        "service_started" or "service_ready" or "fault_applied" or "fault_removed" => e.Type,
        "step_send" or "step_recv" => OutsideTheBody(e) ? null : $"{e.Type} {e.Field("target")}",
        "client_call" or "client_return" or "contract_violation" => OutsideTheBody(e) ? null : $"{e.Type} {e.Field("target")} {e.Field("operation")}",
        "unmediated_io" => $"{e.Type} {e.Field("category")} {e.Field("syscall")}",
        _ => null,
    };

    /// <summary>True for calls that prepare the test; how many there are depends on how fast services become ready.</summary>
    private static bool OutsideTheBody(TraceEvent e) => e.Field("phase") is "seed" or "reset" or "ready";

    private static string? Syscall(TraceEvent e)
    {
        var decision = e.Field("decision") ?? "";
        var path = e.Field("path") ?? "";
        if (decision == "allow (system path)" || (decision == "allow" && IsNoise(path)))
        {
            return null;
        }

        path = Numbered().Replace(path, "$1");
        return path.Length == 0 ? $"{e.Field("syscall")} {decision}" : $"{e.Field("syscall")} {decision} {path}";
    }

    private static bool IsNoise(string path) =>
        path is "" or "pipe" or "socket" or "/dev/null" || path.StartsWith("anon_inode:", StringComparison.Ordinal);

    [GeneratedRegex(@"^(socket|pipe|anon_inode):\[[^\]]*\]$")]
    private static partial Regex Numbered();
}
