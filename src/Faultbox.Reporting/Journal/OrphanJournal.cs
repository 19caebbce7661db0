using System.Text.Json;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Host;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Journal;

/// <summary>The journal of a run whose process is gone; it is claimed until disposed, so that only one process recovers it.</summary>
public sealed class OrphanJournal : IDisposable
{
    private readonly string _directory;
    private readonly FileStream _claim;

    private OrphanJournal(string directory, FileStream claim, JournalHeader header)
    {
        _directory = directory;
        _claim = claim;
        Header = header;
    }

    /// <summary>What was known about the run when it started.</summary>
    public JournalHeader Header { get; }

    /// <summary>
    /// Claims the orphans among the journals of a directory, oldest first. Journals of living runs are left alone; one whose run was killed
    /// before it had begun holds nothing and is removed.
    /// </summary>
    /// <param name="directory">Directory of a root specification, or the fallback that <see cref="RunJournal.Open"/> was given.</param>
    public static IReadOnlyList<OrphanJournal> Find(string directory)
    {
        var runs = JournalFiles.RunsOf(directory);
        return Directory.Exists(runs)
            ? [.. Directory.GetDirectories(runs).Select(TryClaim).OfType<OrphanJournal>().OrderBy(o => o.Header.StartedAt)]
            : [];
    }

    /// <summary>Turns the journal into a partial bundle with the reason <c>killed</c> and removes it.</summary>
    /// <param name="target">Where the bundle goes.</param>
    /// <param name="environment">The host, as far as it is still the same one.</param>
    /// <param name="createdAt">Time of the recovery, UTC.</param>
    /// <exception cref="BundleException">The bundle could not be written; the journal stays.</exception>
    public void Recover(BundleTarget target, HostEnvironment environment, DateTime createdAt)
    {
        BundleWriter.Write(target, new BundleContent
        {
            Run = ToRecord(),
            Producer = new Producer(Header.ProducerVersion),
            Redactor = Redactor.ForRun(Header.Redaction),
            Environment = environment,
            CreatedAt = createdAt,
            Command = Header.Command,
            WorkingDirectory = Header.WorkingDirectory,
            Filter = Header.Filter,
        });
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Gives the claim up.</summary>
    public void Dispose() => _claim.Dispose();

    private RunRecord ToRecord()
    {
        JsonElement[] rows = [.. JournalLines.Read(Path.Combine(_directory, JournalFiles.Rows))];
        var finished = rows.Select(TestNumber).ToHashSet();
        JsonElement[] cutOff =
        [
            .. JournalLines.Read(Path.Combine(_directory, JournalFiles.Started))
                .GroupBy(s => s.GetProperty("name").GetString())
                .Select(attempts => attempts.Last())
                .Where(s => !finished.Contains(TestNumber(s))),
        ];
        IRecordedRow[] verdicts = [.. rows.Select(r => new JournaledRow(_directory, r))];
        IInterruptedRow[] interrupted = [.. cutOff.Select(s => new JournaledCutOff(_directory, s))];
        return new RunRecord
        {
            RunId = Header.RunId,
            SpecRoot = Header.SpecRoot,
            BaseDirectory = Header.BaseDirectory,
            Seed = Header.Seed,
            StartedAt = Header.StartedAt,
            Duration = LastSign() - Header.StartedAt,
            Rows = verdicts,
            Interrupted = interrupted,
            Partial = new PartialRun("killed", null, [.. interrupted.Select(i => i.Name).Union(Header.Tests.Except(verdicts.Select(v => v.Name)))]),
            Prints = Header.Prints,
            Files = Header.Files,
            Outputs = Header.Outputs,
        };
    }

    /// <summary>When the run last wrote anything, but not before it started.</summary>
    private DateTime LastSign() =>
        new DirectoryInfo(_directory).GetFiles().Select(f => f.LastWriteTimeUtc).Append(Header.StartedAt).Max();

    private static int TestNumber(JsonElement line) => line.GetProperty("test").GetInt32();

    private static OrphanJournal? TryClaim(string directory)
    {
        if (JournalFiles.TryLock(directory) is not { } claim)
        {
            return null;
        }

        try
        {
            return new OrphanJournal(directory, claim, JournalHeader.Read(directory));
        }
        catch (Exception e) when (e is JsonException or IOException or KeyNotFoundException or FormatException)
        {
            Directory.Delete(directory, recursive: true);
            claim.Dispose();
            return null;
        }
    }
}
