using System.Text.Encodings.Web;
using System.Text.Json;

namespace Faultbox.Reporting.Json;

/// <summary>The one layout of every JSON file: two spaces, line feeds, stable order, no escapes beyond what JSON requires.</summary>
internal static class JsonFormat
{
    /// <summary>Bytes a streaming writer may hold before it hands them to its stream.</summary>
    private const int Buffered = 64 * 1024;

    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        IndentSize = 2,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonWriterOptions Compact = Indented with { Indented = false };

    /// <summary>Writes one document and its final line feed.</summary>
    public static void WriteDocument(Stream stream, Action<Utf8JsonWriter> content)
    {
        using (var json = new Utf8JsonWriter(stream, Indented))
        {
            content(json);
        }

        stream.WriteByte((byte)'\n');
    }

    /// <summary>Writes one document on one line.</summary>
    public static void WriteLine(Stream stream, Action<Utf8JsonWriter> content)
    {
        using (var json = LineWriter(stream))
        {
            content(json);
        }

        stream.WriteByte((byte)'\n');
    }

    /// <summary>A writer of objects that take one line each; the caller ends the lines.</summary>
    public static Utf8JsonWriter LineWriter(Stream stream) => new(stream, Compact);

    /// <summary>Hands a full buffer to the stream, so that memory does not follow the size of the document.</summary>
    public static void FlushWhenFull(this Utf8JsonWriter json)
    {
        if (json.BytesPending >= Buffered)
        {
            json.Flush();
        }
    }

    /// <summary>Writes a property unless the value is null or empty.</summary>
    public static void WriteOptional(this Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, value);
        }
    }

    /// <summary>Writes an array of strings.</summary>
    public static void WriteStrings(this Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    /// <summary>Writes an object of strings in the order given.</summary>
    public static void WriteMap(this Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, string>> values)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in values)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    /// <summary>Whole milliseconds of a duration.</summary>
    public static long Milliseconds(this TimeSpan duration) => (long)Math.Round(duration.TotalMilliseconds);

    /// <summary>RFC 3339 in UTC with the fraction that is there, up to 100 ns.</summary>
    public static string Precise(this DateTime time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>RFC 3339 in UTC, whole seconds.</summary>
    public static string Seconds(this DateTime time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
