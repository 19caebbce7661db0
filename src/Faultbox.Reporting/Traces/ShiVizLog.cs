using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Faultbox.Core.Events;

namespace Faultbox.Reporting.Traces;

/// <summary>
/// A trace as a log for the ShiViz viewer. Rows follow one another: the clocks of each are moved beyond those of the rows before it, so the
/// own component of every host keeps rising.
/// </summary>
public sealed class ShiVizLog : ITraceVisitor
{
    private readonly TextWriter _output;
    private readonly SortedDictionary<string, long> _highest = new(StringComparer.Ordinal);
    private Dictionary<string, long> _offsets = [];
    private TracedRow? _row;

    /// <summary>Writes the head of the log.</summary>
    public ShiVizLog(TextWriter output)
    {
        _output = output;
        _output.Write("(?<host>\\S+) (?<clock>\\{.*?\\}) (?<event>.*)\n\n");
    }

    /// <inheritdoc/>
    public void Begin(TracedRow row)
    {
        _row = row;
        _offsets = new Dictionary<string, long>(_highest, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public void Visit(TraceEvent e)
    {
        if (e.Service.Length == 0)
        {
            return;
        }

        var clock = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (actor, value) in e.Clock.Components)
        {
            var host = Host(actor);
            clock[host] = _offsets.GetValueOrDefault(host) + value;
            _highest[host] = Math.Max(_highest.GetValueOrDefault(host), clock[host]);
        }

        Write(Host(e.Service), clock, Text(e));
    }

    /// <inheritdoc/>
    public void End()
    {
        if (_row is { Result: "fail" or "error" } row)
        {
            _highest[EventNames.Driver] = _highest.GetValueOrDefault(EventNames.Driver) + 1;
            Write(EventNames.Driver, _highest, $"VIOLATION [{row.Name}] {row.Reason}");
        }
    }

    private void Write(string host, SortedDictionary<string, long> clock, string text)
    {
        var components = clock.Select(c => string.Create(CultureInfo.InvariantCulture, $"\"{JavaScriptEncoder.Default.Encode(c.Key)}\": {c.Value}"));
        _output.Write($"{host} {{{string.Join(", ", components)}}} {text.ReplaceLineEndings(" ")}\n");
    }

    private static string Text(TraceEvent e)
    {
        var text = new StringBuilder(e.DottedType);
        Append(e.Field("decision"), "{0}");
        Append(e.Field("label"), "[{0}]");
        Append(e.Field("path"), "{0}");
        if (e.Field("latency_ms") is { } latency && latency != "0")
        {
            Append(latency, "(+{0}ms)");
        }

        if (e.Field("method") is { } method && e.Field("target") is { } target)
        {
            Append($"{method}→{target}", "{0}");
        }

        return text.ToString();

        void Append(string? value, string format)
        {
            if (!string.IsNullOrEmpty(value))
            {
                text.Append(' ').Append(format.Replace("{0}", value, StringComparison.Ordinal));
            }
        }
    }

    private static string Host(string actor) => string.Concat(actor.Select(c => char.IsWhiteSpace(c) ? '_' : c));
}
