using System.Globalization;
using System.Text.Json;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Json;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Journal;

/// <summary>What is known about a run when it starts.</summary>
public sealed record JournalHeader
{
    /// <summary>32 hexadecimal digits.</summary>
    public required string RunId { get; init; }

    /// <summary>Version of the running program.</summary>
    public required string ProducerVersion { get; init; }

    /// <summary>Root specification as typed.</summary>
    public required string SpecRoot { get; init; }

    /// <summary>Absolute directory of the root specification.</summary>
    public required string BaseDirectory { get; init; }

    /// <summary>Run seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Start, UTC.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>Names of the selected tests, in order.</summary>
    public IReadOnlyList<string> Tests { get; init; } = [];

    /// <summary>Selection of tests as given, or null for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Command line.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Directory the command was given in.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>Lines printed while the specification loaded.</summary>
    public string Prints { get; init; } = "";

    /// <summary>Files read on behalf of the specification.</summary>
    public IReadOnlyList<CapturedFile> Files { get; init; } = [];

    /// <summary>Programs of the services: path as written to absolute path.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Binaries { get; init; } = [];

    /// <summary>Spool files of the services' output.</summary>
    public IReadOnlyList<ServiceOutput> Outputs { get; init; } = [];

    /// <summary>How much is masked.</summary>
    public RedactionMode Redaction { get; init; } = RedactionMode.Default;

    /// <summary>Writes the header and the captured files into a directory.</summary>
    internal void Write(string directory, Redactor redactor)
    {
        Directory.CreateDirectory(Path.Combine(directory, JournalFiles.Captured));
        for (var i = 0; i < Files.Count; i++)
        {
            File.WriteAllBytes(JournalFiles.CapturedFile(directory, i), redactor.WithoutPrivateKeys(Files[i].Content).Span);
        }

        using var stream = new FileStream(Path.Combine(directory, JournalFiles.Header), FileMode.CreateNew);
        JsonFormat.WriteDocument(stream, json => Write(json, redactor));
        stream.Flush(flushToDisk: true);
    }

    private void Write(Utf8JsonWriter json, Redactor redactor)
    {
        json.WriteStartObject();
        json.WriteNumber("schema_version", 1);
        json.WriteString("run_id", RunId);
        json.WriteString("faultbox_version", ProducerVersion);
        json.WriteString("spec_root", SpecRoot);
        json.WriteString("spec_dir", BaseDirectory);
        json.WriteNumber("seed", Seed);
        json.WriteString("started_at", StartedAt.Precise());
        json.WriteStrings("tests", Tests);
        json.WriteOptional("filter", Filter);
        json.WriteStrings("command", Command.Select(redactor.Text));
        json.WriteString("cwd", WorkingDirectory);
        json.WriteString("prints", redactor.Text(Prints));
        json.WriteString("redaction", redactor.Mode.Word());
        json.WriteStartArray("files");
        foreach (var file in Files)
        {
            json.WriteStartObject();
            json.WriteString("path", file.AbsolutePath);
            json.WriteString("as_written", file.PathAsWritten);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteMap("binaries", Binaries);
        json.WriteStartArray("outputs");
        foreach (var output in Outputs)
        {
            json.WriteStartObject();
            json.WriteString("service", output.Service);
            json.WriteString("stdout", output.StandardOutputFile);
            json.WriteString("stderr", output.StandardErrorFile);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write(string, Redactor)"/> wrote.</summary>
    /// <exception cref="JsonException">The header is not complete.</exception>
    internal static JournalHeader Read(string directory)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(directory, JournalFiles.Header)));
        var root = document.RootElement;
        _ = RedactionModes.TryParse(Text(root, "redaction"), out var redaction);
        return new JournalHeader
        {
            RunId = Text(root, "run_id"),
            ProducerVersion = Text(root, "faultbox_version"),
            SpecRoot = Text(root, "spec_root"),
            BaseDirectory = Text(root, "spec_dir"),
            Seed = root.GetProperty("seed").GetUInt64(),
            StartedAt = DateTime.Parse(
                Text(root, "started_at"), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal),
            Tests = [.. root.GetProperty("tests").EnumerateArray().Select(t => t.GetString()!)],
            Filter = root.TryGetProperty("filter", out var filter) ? filter.GetString() : null,
            Command = [.. root.GetProperty("command").EnumerateArray().Select(t => t.GetString()!)],
            WorkingDirectory = Text(root, "cwd"),
            Prints = Text(root, "prints"),
            Redaction = redaction,
            Files =
            [
                .. root.GetProperty("files").EnumerateArray().Select((file, i) => new CapturedFile(
                    Text(file, "path"), Text(file, "as_written"), File.ReadAllBytes(JournalFiles.CapturedFile(directory, i)))),
            ],
            Binaries = [.. root.GetProperty("binaries").EnumerateObject().Select(b => KeyValuePair.Create(b.Name, b.Value.GetString()!))],
            Outputs =
            [
                .. root.GetProperty("outputs").EnumerateArray().Select(o => new ServiceOutput(Text(o, "service"), Text(o, "stdout"), Text(o, "stderr"))),
            ],
        };
    }

    private static string Text(JsonElement owner, string name) => owner.GetProperty(name).GetString()!;
}
