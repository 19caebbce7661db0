using System.Globalization;
using System.Text.Json;
using Faultbox.Core.Events;
using Faultbox.Reporting.Bundle;

namespace Faultbox.Reporting.Traces;

/// <summary>What a trace document says about a row before its events.</summary>
/// <param name="Name">Test name.</param>
/// <param name="Result">Verdict word.</param>
/// <param name="Reason">Headline of a verdict other than pass; empty without one.</param>
/// <param name="Run">Number of the run when the test was repeated, or null.</param>
/// <param name="Leaf">Key of the leaf when the test has several; empty otherwise.</param>
public sealed record TracedRow(string Name, string Result, string Reason, int? Run, string Leaf = "");

/// <summary>Receives a trace, row by row and event by event.</summary>
public interface ITraceVisitor
{
    /// <summary>A row begins.</summary>
    void Begin(TracedRow row);

    /// <summary>The next event of the row.</summary>
    void Visit(TraceEvent e);

    /// <summary>The row is over.</summary>
    void End();
}

/// <summary>Reads a run document as a stream: never more than one event is in memory.</summary>
public static class TraceReader
{
    private const int FirstBuffer = 64 * 1024;

    /// <summary>Longest single value that is accepted.</summary>
    private const int LongestValue = 64 << 20;

    /// <summary>Walks the trace of a bundle.</summary>
    /// <exception cref="BundleException">The bundle has no trace or it is damaged.</exception>
    public static void Read(BundleReader bundle, ITraceVisitor visitor) => bundle.Read(BundleNames.Trace, stream =>
    {
        try
        {
            Read(stream, visitor);
        }
        catch (JsonException e)
        {
            throw new BundleException($"entry {BundleNames.Trace} is no valid trace document", e);
        }
    });

    /// <summary>Walks the rows of a finished run.</summary>
    public static void Read(Core.Verdicts.SuiteResult suite, ITraceVisitor visitor)
    {
        foreach (var test in suite.Tests)
        {
            visitor.Begin(new TracedRow(test.Name, Core.Verdicts.Outcome.Word(test.Result), test.Reason ?? "", test.Run, test.Leaf?.Key ?? ""));
            foreach (var e in test.Log.From(0))
            {
                visitor.Visit(e);
            }

            visitor.End();
        }
    }

    /// <summary>Walks a document.</summary>
    /// <exception cref="JsonException">It is no run document.</exception>
    internal static void Read(Stream stream, ITraceVisitor visitor)
    {
        var walk = new Walk(visitor);
        var buffer = new byte[FirstBuffer];
        var filled = 0;
        var state = new JsonReaderState();
        for (var last = false; !last;)
        {
            var read = stream.Read(buffer, filled, buffer.Length - filled);
            filled += read;
            last = read == 0;
            var reader = new Utf8JsonReader(buffer.AsSpan(0, filled), last, state);
            walk.Advance(ref reader);
            state = reader.CurrentState;
            var consumed = (int)reader.BytesConsumed;
            buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
            filled -= consumed;
            if (filled == buffer.Length)
            {
                if (filled >= LongestValue)
                {
                    throw new JsonException("a value is too long");
                }

                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    /// <summary>Where the walk is: outside of rows, inside a row, or inside its events.</summary>
    private sealed class Walk(ITraceVisitor visitor)
    {
        private const int RowsDepth = 1;
        private const int RowDepth = 3;
        private const int EventDepth = 4;

        private readonly Dictionary<string, JsonElement> _row = new(StringComparer.Ordinal);
        private string? _member;
        private bool _inRows;
        private bool _inEvents;
        private bool _begun;

        /// <summary>Takes as many whole tokens as there are.</summary>
        public void Advance(ref Utf8JsonReader reader)
        {
            while (Step(ref reader))
            {
            }
        }

        private bool Step(ref Utf8JsonReader reader)
        {
            var before = reader;
            if (!reader.Read())
            {
                return false;
            }

            if (!_inRows)
            {
                return StepOutside(ref reader);
            }

            if (_inEvents && reader.TokenType == JsonTokenType.StartObject && reader.CurrentDepth == EventDepth)
            {
                return Whole(ref reader, before, out var e) && VisitEvent(e);
            }

            switch (reader.TokenType)
            {
                case JsonTokenType.EndArray when _inEvents:
                    _inEvents = false;
                    return true;
                case JsonTokenType.EndArray when reader.CurrentDepth == RowsDepth:
                    _inRows = false;
                    return true;
                case JsonTokenType.EndObject:
                    Begin();
                    visitor.End();
                    _begun = false;
                    _row.Clear();
                    return true;
                case JsonTokenType.PropertyName:
                    return StepMember(ref reader, before);
                default:
                    return true;
            }
        }

        private bool StepOutside(ref Utf8JsonReader reader)
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
            {
                _member = reader.GetString();
            }
            else if (reader.TokenType == JsonTokenType.StartArray && reader.CurrentDepth == RowsDepth && _member == "tests")
            {
                _inRows = true;
            }

            return true;
        }

        private bool StepMember(ref Utf8JsonReader reader, Utf8JsonReader before)
        {
            var name = reader.GetString()!;
            var atName = reader;
            if (!reader.Read())
            {
                reader = before;
                return false;
            }

            if (name == "events" && reader.TokenType == JsonTokenType.StartArray && reader.CurrentDepth == RowDepth)
            {
                Begin();
                _inEvents = true;
                return true;
            }

            reader = atName;
            if (!reader.Read() || !JsonDocument.TryParseValue(ref reader, out var value))
            {
                reader = before;
                return false;
            }

            using (value)
            {
                _row[name] = value.RootElement.Clone();
            }

            return true;
        }

        private static bool Whole(ref Utf8JsonReader reader, Utf8JsonReader before, out JsonElement element)
        {
            if (!JsonDocument.TryParseValue(ref reader, out var value))
            {
                reader = before;
                element = default;
                return false;
            }

            using (value)
            {
                element = value.RootElement.Clone();
                return true;
            }
        }

        private bool VisitEvent(JsonElement e)
        {
            visitor.Visit(EventOf(e));
            return true;
        }

        private void Begin()
        {
            if (_begun)
            {
                return;
            }

            _begun = true;
            visitor.Begin(new TracedRow(Text("name"), Text("result"), Text("reason"), _row.TryGetValue("run", out var run) ? run.GetInt32() : null, Text("leaf_key")));

            string Text(string name) => _row.TryGetValue(name, out var value) ? value.ToString() : "";
        }
    }

    private static TraceEvent EventOf(JsonElement e) => new()
    {
        Sequence = e.TryGetProperty("seq", out var seq) ? seq.GetInt64() : 0,
        Timestamp = e.TryGetProperty("timestamp", out var time)
            && DateTime.TryParse(time.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var at) ? at : default,
        OffsetNanoseconds = e.TryGetProperty("t_ns", out var offset) ? offset.GetInt64() : 0,
        Type = e.TryGetProperty("type", out var type) ? type.ToString() : "",
        Service = e.TryGetProperty("service", out var service) ? service.ToString() : "",
        Fields = [.. Members(e, "fields").Select(f => new EventField(f.Name, f.Value.ToString()))],
        Clock = new VectorClock(
            [.. Members(e, "vector_clock").Select(c => KeyValuePair.Create(c.Name, c.Value.GetInt64())).OrderBy(c => c.Key, StringComparer.Ordinal)]),
    };

    private static IEnumerable<JsonProperty> Members(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var map) && map.ValueKind == JsonValueKind.Object ? map.EnumerateObject() : [];
}
