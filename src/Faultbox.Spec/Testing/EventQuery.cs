using Faultbox.Core.Events;
using Faultbox.Core.Matching;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Testing;

/// <summary>
/// A question to the event log: keyword filters, a <c>where=</c> callable, or both. Filters look at the base types and at every type they
/// name; a callable looks at every event.
/// </summary>
internal sealed class EventQuery
{
    private static readonly string[] BaseTypes = ["syscall", "stdout", "topic", "wal"];

    private readonly string _builtin;
    private readonly StarlarkThread _thread;
    private readonly EventFilter? _filter;
    private readonly StarlarkCallable? _where;
    private readonly string[] _types;

    private EventQuery(string builtin, StarlarkThread thread, EventFilter? filter, StarlarkCallable? where, string[] types)
    {
        _builtin = builtin;
        _thread = thread;
        _filter = filter;
        _where = where;
        _types = types;
    }

    /// <summary>True when a callable takes part.</summary>
    public bool HasWhere => _where is not null;

    /// <summary>The keyword filters; null without any.</summary>
    public EventFilter? Filter => _filter;

    /// <summary>Reads the query of a call.</summary>
    /// <param name="call">Call with a parameter <c>where</c> and data keywords.</param>
    /// <param name="moreTypes">Types that filters look at besides the base types.</param>
    public static EventQuery Of(in BuiltinCall call, params ReadOnlySpan<string> moreTypes)
    {
        var where = call["where"];
        if (!where.IsNone && !where.Is<StarlarkCallable>(out _))
        {
            throw call.Error($"where= must be a callable, got {where.TypeName}");
        }

        where.Is<StarlarkCallable>(out var callable);
        var criteria = call.Keywords.Select(k => KeyValuePair.Create(k.Key, k.Value)).ToList();
        return Create(call, callable, criteria, moreTypes);
    }

    /// <summary>Makes a query of filters and a callable.</summary>
    public static EventQuery Create(
        in BuiltinCall call, StarlarkCallable? where, IReadOnlyList<KeyValuePair<string, Value>> filters, params ReadOnlySpan<string> moreTypes)
    {
        var criteria = new List<KeyValuePair<string, string>>();
        foreach (var (key, value) in filters)
        {
            criteria.Add(new(key, TextOf(call, key, value)));
        }

        return new EventQuery(
            call.Name, call.Thread, criteria.Count > 0 ? new EventFilter(criteria) : null, where, [.. BaseTypes, .. moreTypes]);
    }

    /// <summary>Matching events in log order.</summary>
    public IEnumerable<EventValue> Run(EventLog log, EventValue? first = null)
    {
        foreach (var record in Candidates(log))
        {
            if (_filter is not null && !_filter.Matches(record))
            {
                continue;
            }

            var value = new EventValue(record, first);
            if (_where is null || Holds(value))
            {
                yield return value;
            }
        }
    }

    /// <summary>The events a query looks at.</summary>
    public IEnumerable<TraceEvent> Candidates(EventLog log)
    {
        if (_where is not null)
        {
            return log.From(0).Where(IsVisible);
        }

        if (_filter?.PatternOf("type") is { Length: > 0 } named)
        {
            // A named type may also be the value of a decoded field of the base types.
            var pattern = new EventPattern(named);
            return log.From(0).Where(e => (pattern.Matches(e.Type) || _types.Contains(e.Type)) && IsVisible(e));
        }

        return _types.SelectMany(log.OfType).OrderBy(e => e.Sequence).Where(IsVisible);
    }

    /// <summary>Steps that prepare a service are recorded, but no query sees them.</summary>
    private static bool IsVisible(TraceEvent record) =>
        record.Type is not ("step_send" or "step_recv" or "client_call" or "client_return") || record.Field("phase") is null;

    private bool Holds(EventValue value)
    {
        try
        {
            return _thread.Call(Value.Of(_where!), Value.Of(value)).Truth;
        }
        catch (EvalException e)
        {
            if (BaseTypes.Contains(value.Record.Type))
            {
                throw new SpecException($"{_builtin}: where= callback failed: {e.Message}");
            }

            // A callable written for the fields of one type may stumble over events of another.
            return false;
        }
    }

    private static string TextOf(in BuiltinCall call, string key, Value value)
    {
        if (value.TryGetString(out var text))
        {
            return text;
        }

        return value.TypeName is "int" or "bool"
            ? value.ToString()
            : throw call.Error($"{key}= must be a string, got {value.TypeName}");
    }
}
