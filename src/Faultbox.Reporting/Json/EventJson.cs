using System.Text.Json;
using Faultbox.Core.Events;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Json;

/// <summary>Events as JSON objects.</summary>
internal static class EventJson
{
    /// <summary>Writes the property <c>events</c>, one event at a time.</summary>
    public static void WriteAll(Utf8JsonWriter json, IEnumerable<TraceEvent> events, Redactor redactor)
    {
        json.WriteStartArray("events");
        foreach (var e in events)
        {
            Write(json, e, redactor);
            json.FlushWhenFull();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes one event.</summary>
    public static void Write(Utf8JsonWriter json, TraceEvent e, Redactor redactor)
    {
        json.WriteStartObject();
        json.WriteNumber("seq", e.Sequence);
        json.WriteString("timestamp", e.Timestamp.Precise());
        json.WriteNumber("t_ns", e.OffsetNanoseconds);
        json.WriteString("type", e.Type);
        json.WriteString("event_type", e.DottedType);
        if (e.Service.Length > 0)
        {
            json.WriteString("partition_key", e.Service);
            json.WriteString("service", e.Service);
        }

        if (e.Fields.Count > 0)
        {
            json.WriteStartObject("fields");
            foreach (var field in e.Fields)
            {
                json.WriteString(field.Name, redactor.Field(field.Name, field.Value));
            }

            json.WriteEndObject();
        }

        if (e.Clock.Components.Count > 0)
        {
            json.WriteStartObject("vector_clock");
            foreach (var (actor, value) in e.Clock.Components)
            {
                json.WriteNumber(actor, value);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
