using System.Text.Json;
using Faultbox.Reporting.Json;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Journal;

/// <summary>A row read back from a journal; everything in it was masked when it was written.</summary>
internal sealed class JournaledRow(string directory, JsonElement line) : IRecordedRow
{
    public string Name => line.GetProperty("name").GetString()!;

    public string Outcome => line.GetProperty("outcome").GetString()!;

    public string Result => line.GetProperty("result").GetString()!;

    public bool IsCell => line.GetProperty("manifest").TryGetProperty("matrix", out _);

    public void WriteManifestRow(Utf8JsonWriter json, Redactor redactor, int traceIndex)
    {
        json.WriteStartObject();
        foreach (var member in line.GetProperty("manifest").EnumerateObject())
        {
            if (member.NameEquals("trace_index"))
            {
                json.WriteNumber("trace_index", traceIndex);
            }
            else
            {
                member.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }

    public void WriteTrace(Utf8JsonWriter json, Redactor redactor)
    {
        json.WriteStartObject();
        foreach (var member in line.GetProperty("trace").EnumerateObject())
        {
            member.WriteTo(json);
        }

        JournaledEvents.Write(json, directory, line);
        json.WriteEndObject();
    }
}

/// <summary>A test that had started when its run was killed.</summary>
internal sealed class JournaledCutOff(string directory, JsonElement line) : IInterruptedRow
{
    public string Name => line.GetProperty("name").GetString()!;

    public void WriteTrace(Utf8JsonWriter json, Redactor redactor)
    {
        json.WriteStartObject();
        json.WriteString("name", Name);
        json.WriteNumber("seed", line.GetProperty("seed").GetUInt64());
        JournaledEvents.Write(json, directory, line);
        json.WriteEndObject();
    }
}

/// <summary>The events of one test of a journal.</summary>
internal static class JournaledEvents
{
    public static void Write(Utf8JsonWriter json, string directory, JsonElement line)
    {
        json.WriteStartArray("events");
        foreach (var e in JournalLines.Read(Path.Combine(directory, JournalFiles.Events(line.GetProperty("test").GetInt32()))))
        {
            e.WriteTo(json);
            json.FlushWhenFull();
        }

        json.WriteEndArray();
    }
}
