using Faultbox.Core.Events;

namespace Faultbox.Core.Matching;

/// <summary>A condition on events that can be combined with others.</summary>
public sealed class EventMatcher
{
    private readonly Func<TraceEvent, bool> _holds;
    private readonly string _text;

    private EventMatcher(Func<TraceEvent, bool> holds, string text) => (_holds, _text) = (holds, text);

    /// <summary>Matches no event.</summary>
    public static EventMatcher Never { get; } = new(_ => false, "never()");

    /// <summary>Matches events that meet all criteria; without criteria every event. <c>type</c> looks at the type of the event only.</summary>
    /// <param name="criteria">Key (<c>type</c>, <c>service</c> or a field name) and pattern.</param>
    public static EventMatcher Event(IReadOnlyList<KeyValuePair<string, string>> criteria)
    {
        var types = criteria.Where(c => c.Key == "type").Select(c => new EventPattern(c.Value)).ToArray();
        var fields = new EventFilter(criteria.Where(c => c.Key != "type"));
        return new(
            e => Array.TrueForAll(types, t => t.Matches(e.Type)) && fields.Matches(e),
            $"event({string.Join(", ", criteria.Select(c => $"{c.Key}=\"{c.Value}\""))})");
    }

    /// <summary>Matches events that one of the matchers matches; without matchers none.</summary>
    public static EventMatcher Any(IReadOnlyList<EventMatcher> matchers) =>
        new(e => matchers.Any(m => m.Matches(e)), $"any({string.Join(", ", matchers)})");

    /// <summary>Matches events that all of the matchers match; without matchers every event.</summary>
    public static EventMatcher All(IReadOnlyList<EventMatcher> matchers) =>
        new(e => matchers.All(m => m.Matches(e)), $"all({string.Join(", ", matchers)})");

    /// <summary>Tells whether an event matches.</summary>
    public bool Matches(TraceEvent traceEvent) => _holds(traceEvent);

    /// <summary>The matcher as a specification writes it, without <c>match.</c>.</summary>
    public override string ToString() => _text;
}
