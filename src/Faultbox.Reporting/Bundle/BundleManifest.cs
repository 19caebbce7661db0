using System.Security.Cryptography;
using System.Text.Json;
using Faultbox.Reporting.Json;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Bundle;

/// <summary>The manifest of a bundle that is being written.</summary>
internal sealed class BundleManifest(BundleContent content, SpecTree spec)
{
    /// <summary>Version of the format.</summary>
    public const int SchemaVersion = 1;

    private readonly SortedDictionary<string, FileRecord> _files = new(StringComparer.Ordinal);

    private readonly record struct FileRecord(string? Hash, long Size);

    /// <summary>Records name, size and hash of every entry, and of the files that were too large to be stored.</summary>
    public void AddFiles(IEnumerable<BundleEntry> entries)
    {
        foreach (var entry in entries)
        {
            using var stream = entry.Open();
            _files[entry.Name] = new FileRecord(Convert.ToHexStringLower(SHA256.HashData(stream)), stream.Length);
        }

        foreach (var (name, size) in spec.Omitted)
        {
            _files[name] = new FileRecord(null, size);
        }
    }

    /// <summary>The document.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        JsonFormat.WriteDocument(stream, Write);
        return stream.ToArray();
    }

    private void Write(Utf8JsonWriter json)
    {
        var run = content.Run;
        json.WriteStartObject();
        json.WriteNumber("schema_version", SchemaVersion);
        json.WriteString("faultbox_version", content.Producer.Version);
        json.WriteString("run_id", run.RunId);
        json.WriteString("created_at", content.CreatedAt.Seconds());
        json.WriteNumber("seed", run.Seed);
        json.WriteString("spec_root", run.SpecRoot);
        WritePartial(json, run.Partial);
        json.WriteStartArray("tests");
        for (var i = 0; i < run.Rows.Count; i++)
        {
            run.Rows[i].WriteManifestRow(json, content.Redactor, i);
        }

        json.WriteEndArray();
        WriteSummary(json, run);
        CrashJson.Write(json, run.Crash, content.Redactor);
        json.WriteNumber("duration_ms", run.Duration.Milliseconds());
        if (run.ExitCode is { } code)
        {
            json.WriteNumber("exit_code", code);
        }

        json.WriteStrings("command", content.Command.Select(content.Redactor.Text));
        json.WriteString("cwd", content.WorkingDirectory);
        json.WriteString("spec_dir", run.BaseDirectory);
        json.WriteOptional("prints", content.Redactor.Text(run.Prints));
        DiagnosticJson.WriteAll(json, run.Diagnostics, content.Redactor);
        if (spec.Externals.Count > 0)
        {
            json.WriteMap("externals", spec.Externals);
        }

        WriteFiles(json);
        json.WriteString("redaction", content.Redactor.Mode.Word());
        json.WriteEndObject();
    }

    private static void WritePartial(Utf8JsonWriter json, PartialRun? partial)
    {
        if (partial is null)
        {
            return;
        }

        json.WriteStartObject("partial");
        json.WriteString("reason", partial.Reason);
        json.WriteOptional("signal", partial.Signal);
        json.WriteNumber("aborted", partial.Aborted);
        json.WriteStrings("not_run", partial.NotRun);
        json.WriteEndObject();
    }

    private static void WriteSummary(Utf8JsonWriter json, RunRecord run)
    {
        var summary = run.Summary;
        json.WriteStartObject("summary");
        json.WriteNumber("total", summary.Total);
        json.WriteNumber("passed", summary.Passed);
        json.WriteNumber("failed", summary.Failed);
        json.WriteNumber("errored", summary.Errored);
        foreach (var (bucket, count) in summary.Others)
        {
            json.WriteNumber(bucket, count);
        }

        if (run.Partial is { Aborted: > 0 } partial)
        {
            json.WriteNumber("aborted", partial.Aborted);
        }

        json.WriteEndObject();
    }

    private void WriteFiles(Utf8JsonWriter json)
    {
        json.WriteStartObject("files");
        foreach (var (name, file) in _files)
        {
            json.WriteStartObject(name);
            json.WriteOptional("sha256", file.Hash);
            json.WriteNumber("size", file.Size);
            if (file.Hash is null)
            {
                json.WriteBoolean("omitted", true);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
