using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Faultbox.Cli.Output;

/// <summary>Severity of a log line.</summary>
internal enum LogLevel
{
    Debug,
    Info,
    Warn,
    Error,
}

/// <summary>Structured log lines on one stream, for people or as JSON objects, one per line.</summary>
internal sealed class LogWriter(TextWriter output, bool json, LogLevel threshold, TimeProvider time)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Lock _lock = new();

    /// <summary>Writes one line unless it is below the threshold.</summary>
    public void Write(LogLevel level, string component, string message, params ReadOnlySpan<KeyValuePair<string, string>> fields)
    {
        if (level < threshold)
        {
            return;
        }

        var line = json ? Json(level, component, message, fields) : Plain(level, component, message, fields);
        lock (_lock)
        {
            output.WriteLine(line);
        }
    }

    private string Plain(LogLevel level, string component, string message, ReadOnlySpan<KeyValuePair<string, string>> fields)
    {
        var name = level switch { LogLevel.Debug => "DBG", LogLevel.Info => "INF", LogLevel.Warn => "WRN", _ => "ERR" };
        var text = string.Create(CultureInfo.InvariantCulture, $"{time.GetLocalNow():HH:mm:ss.fff} {name} [{component}] {ForeignText.Printable(message)}");
        foreach (var (key, value) in fields)
        {
            text += $" {key}={ForeignText.Printable(value)}";
        }

        return text;
    }

    private string Json(LogLevel level, string component, string message, ReadOnlySpan<KeyValuePair<string, string>> fields)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("time", time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture));
            writer.WriteString("level", level.ToString().ToUpperInvariant());
            writer.WriteString("msg", message);
            writer.WriteString("component", component);
            foreach (var (key, value) in fields)
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
