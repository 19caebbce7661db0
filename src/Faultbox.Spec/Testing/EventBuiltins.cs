using Faultbox.Core.Events;
using Faultbox.Core.Matching;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Testing;

/// <summary>Queries and assertions on the event log.</summary>
internal static class EventBuiltins
{
    private static readonly ParameterDeclaration Where =
        ParameterDeclaration.Optional("where", "callable", "None", "Called with each event; true selects it. Alone it sees every event.");

    private static readonly ParameterDeclaration Filters =
        new("filters", "string", "A field name and a pattern: exact, or with * as a glob. service, type and event_type are fields too.") { Form = ParameterForm.Keywords };

    /// <summary><c>events()</c>.</summary>
    public static BuiltinDeclaration Events { get; } = new(
        "events",
        "Events of this test so far that match, in log order.",
        (in BuiltinCall call) =>
        {
            var query = EventQuery.Of(call, "client_call", "client_return", "contract_violation");
            return Value.Of(new StarlarkList([.. query.Run(call.Scope.RunningSession.Log).Select(Value.Of)]));
        },
        Where,
        Filters)
    {
        Phase = CallPhase.Run,
        Sandbox = SandboxRule.ReadsTest,
        Returns = "list of events",
    };

    /// <summary><c>assert_eventually()</c>.</summary>
    public static BuiltinDeclaration AssertEventually { get; } = new(
        "assert_eventually",
        "Fails unless an event of this test matches now; it does not wait.",
        RunEventually,
        Where,
        Filters)
    {
        Phase = CallPhase.Run,
        Sandbox = SandboxRule.ReadsTest,
    };

    /// <summary><c>assert_never()</c>.</summary>
    public static BuiltinDeclaration AssertNever { get; } = new(
        "assert_never",
        "Fails when an event of this test matches now.",
        RunNever,
        Where,
        Filters)
    {
        Phase = CallPhase.Run,
        Sandbox = SandboxRule.ReadsTest,
    };

    /// <summary><c>assert_before()</c>.</summary>
    public static BuiltinDeclaration AssertBefore { get; } = new(
        "assert_before",
        "Fails unless the first event that matches first comes before the first that matches then.",
        RunBefore,
        ParameterDeclaration.Required("first", "dict or callable", "Filters, or a callable that gets an event.") with { Form = ParameterForm.Keyword },
        ParameterDeclaration.Required("then", "dict or callable", "The same; a callable sees the first event as .first.") with { Form = ParameterForm.Keyword })
    {
        Phase = CallPhase.Run,
        Sandbox = SandboxRule.ReadsTest,
        ReportsMissing = true,
    };

    private static Value RunEventually(in BuiltinCall call)
    {
        var session = call.Scope.RunningSession;
        session.CountAssertion();
        var query = EventQuery.Of(call);
        if (query.Run(session.Log).Any())
        {
            return Value.None;
        }

        throw new SpecException(query.HasWhere && query.Filter is null
            ? "assert_eventually: no event matched where= predicate"
            : $"assert_eventually: no matching event found (filters: {query.Filter?.ToString() ?? "none"}){Nearest(query, session.Log)}");
    }

    private static Value RunNever(in BuiltinCall call)
    {
        var session = call.Scope.RunningSession;
        session.CountAssertion();
        var query = EventQuery.Of(call);
        if (query.Run(session.Log).FirstOrDefault() is not { } found)
        {
            return Value.None;
        }

        var record = found.Record;
        throw new SpecException(query.HasWhere
            ? $"assert_never: found matching event #{record.Sequence} via where= predicate ({NearestEvents.Describe(record)})"
            : $"assert_never: found matching event #{record.Sequence} (service={record.Service} syscall={record.Field("syscall")} decision={record.Field("decision")} path={record.Field("path")})");
    }

    private static Value RunBefore(in BuiltinCall call)
    {
        var session = call.Scope.RunningSession;
        session.CountAssertion();
        if (!call.Has("first") || !call.Has("then"))
        {
            throw new SpecException("assert_before: requires first={...} and then={...} keyword arguments");
        }

        var first = Side(call, "first");
        var then = Side(call, "then");
        var before = first.Run(session.Log).FirstOrDefault() ?? throw Missing("first", first, session.Log);
        var after = then.Run(session.Log, before).FirstOrDefault() ?? throw Missing("then", then, session.Log);
        return before.Record.Sequence < after.Record.Sequence
            ? Value.None
            : throw new SpecException(
                $"assert_before: 'first' event (seq={before.Record.Sequence}) did not occur before 'then' event (seq={after.Record.Sequence})");
    }

    private static EventQuery Side(in BuiltinCall call, string parameter)
    {
        if (call[parameter].Is<StarlarkCallable>(out var callable))
        {
            return EventQuery.Create(call, callable, []);
        }

        var filters = new List<KeyValuePair<string, Value>>();
        foreach (var (key, value) in call.Entries(parameter))
        {
            filters.Add(new(key.TryGetString(out var name) ? name : throw call.Error($"{parameter}: keys must be strings, got {key.TypeName}"), value));
        }

        return EventQuery.Create(call, null, filters);
    }

    private static SpecException Missing(string side, EventQuery query, EventLog log) => new(query.HasWhere
        ? $"assert_before: no event matched the '{side}' predicate"
        : $"assert_before: no event matching '{side}' filters ({query.Filter}){Nearest(query, log)}");

    private static string Nearest(EventQuery query, EventLog log)
    {
        if (query.Filter is null)
        {
            return "";
        }

        var nearest = NearestEvents.Find(query.Filter, query.Candidates(log));
        return nearest.Count == 0 ? "" : "; nearest: " + string.Join(" | ", nearest.Select(NearestEvents.Describe));
    }
}
