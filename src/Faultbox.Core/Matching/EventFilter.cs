using Faultbox.Core.Events;

namespace Faultbox.Core.Matching;

/// <summary>Criteria on an event by key; an event matches when all of them hold.</summary>
public sealed class EventFilter
{
    private readonly (string Key, EventPattern Pattern)[] _criteria;

    /// <summary>Compiles criteria.</summary>
    /// <param name="criteria">Key (<c>type</c>, <c>service</c> or a field name) and pattern.</param>
    public EventFilter(IEnumerable<KeyValuePair<string, string>> criteria) =>
        _criteria = [.. criteria.Select(c => (c.Key, new EventPattern(c.Value)))];

    /// <summary>Number of criteria.</summary>
    public int Count => _criteria.Length;

    /// <summary>The pattern of a key, or null.</summary>
    public string? PatternOf(string key) => _criteria.FirstOrDefault(c => c.Key == key).Pattern?.Text;

    /// <summary>Tells whether all criteria hold.</summary>
    public bool Matches(TraceEvent traceEvent)
    {
        foreach (var (key, pattern) in _criteria)
        {
            if (!Holds(key, pattern, traceEvent))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Number of criteria that hold.</summary>
    public int CountSatisfied(TraceEvent traceEvent) => _criteria.Count(c => Holds(c.Key, c.Pattern, traceEvent));

    /// <summary>The criteria as they appear in messages: <c>service="db", syscall="write"</c>.</summary>
    public override string ToString() => string.Join(", ", _criteria.Select(c => $"{c.Key}=\"{c.Pattern.Text}\""));

    private static bool Holds(string key, EventPattern pattern, TraceEvent traceEvent) => key switch
    {
        "service" => pattern.Matches(traceEvent.Service),
        "type" => pattern.Matches(traceEvent.Type) || (traceEvent.Field("type") is { } inner && pattern.Matches(inner)),
        "event_type" => pattern.Matches(traceEvent.DottedType),
        "path" => FieldMatches("path", pattern, traceEvent)
            || (traceEvent.Field("raw_path") is { } raw && pattern.Matches(raw)),
        "decision" => FieldMatches("decision", pattern, traceEvent)
            || (traceEvent.Field("errno") is { } errno && pattern.Matches($"deny({errno})")),
        _ => FieldMatches(key, pattern, traceEvent),
    };

    private static bool FieldMatches(string key, EventPattern pattern, TraceEvent traceEvent) =>
        pattern.Matches(traceEvent.Field(key) ?? "");
}
