using Faultbox.Core.Events;
using Faultbox.Core.Topology;
using Faultbox.Spec.Properties;
using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>An event as monitors and matchers see it: reading a field it does not have is an error, and it can be compared with others in time and cause.</summary>
internal sealed class TraceEventValue(TraceEvent record, EventLog log) : EventValue(record)
{
    private static readonly Parameter Other = Parameter.PositionOnly("event");
    private static readonly Parameter Matcher = Parameter.PositionOnly("matcher");
    private static readonly Parameter[] MatcherAndWindow = [Parameter.Required("matcher"), Parameter.Required("window")];

    private static readonly MethodTable Table = new(
    [
        Comparison("happens_before", (a, b) => a.Clock.HappensBefore(b.Clock)),
        Comparison("happens_after", (a, b) => b.Clock.HappensBefore(a.Clock)),
        Comparison("concurrent_with", (a, b) => !a.Clock.HappensBefore(b.Clock) && !b.Clock.HappensBefore(a.Clock)),
        Comparison("same_service_as", (a, b) => a.Service.Length > 0 && a.Service == b.Service),
        Comparison("same_correlation_as", (a, b) => a.Field("correlation_id") is { Length: > 0 } id && id == b.Field("correlation_id")),
        Of("duration_since", [Other], (_, self, args) => Value.Of(self.Record.OffsetNanoseconds - EventOf("duration_since", args[0]).OffsetNanoseconds)),
        Of("preceded_by", [Matcher], (thread, self, args) => Value.Of(self.Find(thread, "preceded_by", args[0], self.Before()))),
        Of("followed_by", [Matcher], (thread, self, args) => Value.Of(self.Find(thread, "followed_by", args[0], self.After()))),
        Of("preceded_by_within", MatcherAndWindow, (thread, self, args) => Value.Of(
            self.Find(thread, "preceded_by_within", args[0], self.Within(self.Before(), "preceded_by_within", args[1])))),
        Of("followed_by_within", MatcherAndWindow, (thread, self, args) => Value.Of(
            self.Find(thread, "followed_by_within", args[0], self.Within(self.After(), "followed_by_within", args[1])))),
        Of("directly_caused_by", [Matcher], (thread, self, args) => Value.Of(self.Find(thread, "directly_caused_by", args[0], self.DirectCauses()))),
    ]);

    /// <inheritdoc/>
    public override IEnumerable<string> AttributeNames => base.AttributeNames.Concat(Table.Names);

    /// <inheritdoc/>
    protected override MethodTable Methods => Table;

    /// <inheritdoc/>
    protected override string Description => $"event seq={Record.Sequence} type={Record.Type} service={Record.Service}";

    /// <inheritdoc/>
    public override bool TryGetAttribute(string name, out Value value)
    {
        if (Table.TryGet(name, out var method))
        {
            value = Value.Of(new BoundMethod(method, Value.Of(this)));
            return true;
        }

        return base.TryGetAttribute(name, out value);
    }

    /// <inheritdoc/>
    protected override Value Absent(string name) =>
        throw new EvalException($"event has no attribute \"{name}\"; read a field that may be absent with .get(\"{name}\")");

    private static BuiltinMethod Of(string name, Parameter[] parameters, Func<StarlarkThread, TraceEventValue, BoundArguments, Value> body) =>
        new(new Signature(name, parameters), (thread, self, args) => body(thread, (TraceEventValue)self.Object!, args));

    private static BuiltinMethod Comparison(string name, Func<TraceEvent, TraceEvent, bool> holds) =>
        Of(name, [Other], (_, self, args) => Value.Of(holds(self.Record, EventOf(name, args[0]))));

    private static TraceEvent EventOf(string method, Value value) => value.Is<EventValue>(out var other)
        ? other.Record
        : throw new EvalException($"{method}(): event must be event, got {value.TypeName}");

    private IEnumerable<TraceEvent> Before() => log.Range(0, (int)Record.Sequence - 1);

    private IEnumerable<TraceEvent> After() => log.From((int)Record.Sequence);

    private IEnumerable<TraceEvent> Within(IEnumerable<TraceEvent> events, string method, Value window)
    {
        if (!window.TryGetString(out var text) || !Durations.TryParseNanoseconds(text, out var nanoseconds) || nanoseconds < 0)
        {
            throw new EvalException($"{method}(): window must be a duration such as \"250ms\", got {window.Repr()}");
        }

        return events.Where(e => Math.Abs(e.OffsetNanoseconds - Record.OffsetNanoseconds) <= nanoseconds);
    }

    /// <summary>The latest events that happened before this one: none of them happened before another of them.</summary>
    private List<TraceEvent> DirectCauses()
    {
        var causes = new List<TraceEvent>();
        foreach (var candidate in Before().Where(e => e.Clock.HappensBefore(Record.Clock)))
        {
            causes.RemoveAll(c => c.Clock.HappensBefore(candidate.Clock));
            if (!causes.Exists(c => candidate.Clock.HappensBefore(c.Clock)))
            {
                causes.Add(candidate);
            }
        }

        return causes;
    }

    private bool Find(StarlarkThread thread, string method, Value matcher, IEnumerable<TraceEvent> events)
    {
        if (!EventCondition.TryRead(matcher, out var condition))
        {
            throw new EvalException($"{method}(): expected matcher or callable, got {matcher.TypeName}");
        }

        return condition.Matcher is { } structural
            ? events.Any(structural.Matches)
            : events.Any(e => thread.Call(matcher, Value.Of(new TraceEventValue(e, log))).Truth);
    }
}
