using Faultbox.Core.Events;

namespace Faultbox.Core.Matching;

/// <summary>Finds the events that came closest to a filter nothing matched.</summary>
public static class NearestEvents
{
    /// <summary>
    /// At most <paramref name="count"/> events in log order: those of the service asked for before others, then those that satisfy most
    /// criteria, then the latest.
    /// </summary>
    public static IReadOnlyList<TraceEvent> Find(EventFilter filter, IEnumerable<TraceEvent> candidates, int count = 3)
    {
        var service = filter.PatternOf("service") is { Length: > 0 } text ? new EventPattern(text) : null;
        var best = new PriorityQueue<TraceEvent, (bool SameService, int Satisfied, long Sequence)>(count + 1);
        foreach (var candidate in candidates)
        {
            var satisfied = filter.CountSatisfied(candidate);
            if (satisfied == 0)
            {
                continue;
            }

            best.Enqueue(candidate, (service?.Matches(candidate.Service) ?? true, satisfied, candidate.Sequence));
            if (best.Count > count)
            {
                best.Dequeue();
            }
        }

        return [.. best.UnorderedItems.Select(i => i.Element).OrderBy(e => e.Sequence)];
    }

    /// <summary>One line per event, for the end of a failure message.</summary>
    public static string Describe(TraceEvent traceEvent)
    {
        var fields = string.Join(" ", traceEvent.Fields.Where(f => f.Name is not ("pid" or "data")).Take(5).Select(f => $"{f.Name}={f.Value}"));
        var service = traceEvent.Service.Length > 0 ? $"service={traceEvent.Service} " : "";
        return $"#{traceEvent.Sequence} {traceEvent.DottedType} {service}{fields}".TrimEnd();
    }
}
