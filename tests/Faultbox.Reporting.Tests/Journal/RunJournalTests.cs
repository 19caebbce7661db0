using System.Text;
using System.Text.Json;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Host;
using Faultbox.Reporting.Journal;
using Faultbox.Reporting.Tests.Support;

namespace Faultbox.Reporting.Tests.Journal;

public sealed class RunJournalTests
{
    [Fact]
    public void A_killed_run_is_recovered_into_a_partial_bundle()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("out", "listening\n");
        using (var process = ChildProcess.Start("journal", directory.Path))
        {
            Assert.Empty(OrphanJournal.Find(directory.Path));
            process.Kill();
            process.WaitForExit();
        }

        var orphan = Assert.Single(OrphanJournal.Find(directory.Path));
        using (orphan)
        {
            orphan.Recover(BundleTarget.At(directory.File("run.fb")), new HostEnvironment(), Sample.Start);
        }

        var bundle = BundleReader.Open(directory.File("run.fb"));
        Assert.Equal("killed", bundle.Info.Partial?.Reason);
        Assert.Equal("test_*", bundle.Info.Filter);
        Assert.Equal(["test_slow", "test_waiting"], bundle.Info.Partial!.NotRun);
        Assert.Equal(["test_reserve passed"], bundle.Info.Rows.Select(r => $"{r.Name} {r.Outcome}"));
        Assert.False(bundle.Info.Manifest.TryGetProperty("exit_code", out _));
        Assert.Equal("x = 1\n", Encoding.UTF8.GetString(Entry(bundle, "spec/ledger.star")));
        Assert.Equal("listening\n", Encoding.UTF8.GetString(Entry(bundle, "services/ledger.stdout")));
        Assert.StartsWith("partial run: faultbox was killed", new BundleSummary(bundle).ToLines().First());
        Assert.Empty(bundle.Verify());

        var trace = Entry(bundle, "trace.json");
        Assert.Empty(JsonSchema.Load("trace.schema.json").Validate(trace));
        using var document = JsonDocument.Parse(trace);
        Assert.Equal(2, document.RootElement.GetProperty("tests")[0].GetProperty("events").GetArrayLength());
        Assert.Equal(2, document.RootElement.GetProperty("interrupted")[0].GetProperty("events").GetArrayLength());
        Assert.DoesNotContain("hunter22", Encoding.UTF8.GetString(trace));
        Assert.Empty(Directory.GetDirectories(directory.File(".faultbox/runs")));
    }

    [Fact]
    public void A_recovered_row_is_the_row_that_a_finished_run_would_have_written()
    {
        using var directory = new TemporaryDirectory();
        var test = Sample.DiskFull();
        using (var journal = RunJournal.Open(KilledRun.Header(directory.Path) with { SpecRoot = "specs/ledger.star" }, Sample.Redactor(), directory.Path))
        {
            journal.Started(test.Name, test.Seed, test.Log);
            journal.Finished(test);
        }

        using (var orphan = Assert.Single(OrphanJournal.Find(directory.Path)))
        {
            orphan.Recover(BundleTarget.At(directory.File("recovered.fb")), new HostEnvironment(), Sample.Start);
        }

        var usual = Sample.Write(directory, Sample.Bundle(Sample.Suite(test)));
        Assert.Equal(Row(usual, "trace.json"), Row(directory.File("recovered.fb"), "trace.json"));
        Assert.Equal(Row(usual, "manifest.json"), Row(directory.File("recovered.fb"), "manifest.json"));
    }

    [Fact]
    public void A_recovered_run_has_its_matrix()
    {
        using var directory = new TemporaryDirectory();
        var pair = new MatrixPair("place", "down");
        using (var journal = RunJournal.Open(KilledRun.Header(directory.Path), Sample.Redactor(), directory.Path))
        {
            journal.Finished(Sample.Row("test_matrix_place_down") with
            {
                Scenario = new ScenarioDefinition(["down"], "lambda") { Cell = new MatrixCell(new MatrixDefinition(["place"], ["down"], []), pair) },
            });
        }

        using (var orphan = Assert.Single(OrphanJournal.Find(directory.Path)))
        {
            orphan.Recover(BundleTarget.At(directory.File("run.fb")), new HostEnvironment(), Sample.Start);
        }

        var trace = Entry(BundleReader.Open(directory.File("run.fb")), "trace.json");
        Assert.Empty(JsonSchema.Load("trace.schema.json").Validate(trace));
        using var document = JsonDocument.Parse(trace);
        var cell = document.RootElement.GetProperty("matrix").GetProperty("cells").EnumerateArray().Single();
        Assert.Equal(("place", "down", "lambda"), (cell.GetProperty("scenario").GetString(), cell.GetProperty("fault").GetString(), cell.GetProperty("expectation").GetString()));
    }

    [Fact]
    public void A_second_attempt_replaces_the_first_and_a_verdict_needs_no_announcement()
    {
        using var directory = new TemporaryDirectory();
        var (retried, unannounced) = (Sample.Passed(), Sample.DiskFull());
        using (var journal = RunJournal.Open(KilledRun.Header(directory.Path), Sample.Redactor(), directory.Path))
        {
            journal.Started(retried.Name, retried.Seed, Sample.Log());
            journal.Started(retried.Name, retried.Seed, retried.Log);
            journal.Finished(retried);
            journal.Finished(unannounced);
        }

        using var orphan = Assert.Single(OrphanJournal.Find(directory.Path));
        orphan.Recover(BundleTarget.At(directory.File("run.fb")), new HostEnvironment(), Sample.Start);

        var bundle = BundleReader.Open(directory.File("run.fb"));
        Assert.Equal(["test_reserve", "test_reserve_disk_full"], bundle.Info.Rows.Select(r => r.Name));
        Assert.Equal(["test_slow", "test_waiting"], bundle.Info.Partial!.NotRun);
        using var trace = JsonDocument.Parse(Entry(bundle, "trace.json"));
        Assert.Equal(7, trace.RootElement.GetProperty("tests")[1].GetProperty("events").GetArrayLength());
        Assert.False(trace.RootElement.TryGetProperty("interrupted", out _));
    }

    [Fact]
    public void A_journal_is_gone_when_its_run_is_over()
    {
        using var directory = new TemporaryDirectory();
        var journal = RunJournal.Open(KilledRun.Header(directory.Path), Sample.Redactor(), directory.Path);

        journal.Complete();

        Assert.Empty(Directory.GetDirectories(directory.File(".faultbox/runs")));
        Assert.Null(journal.Problem);
    }

    [Fact]
    public void A_line_that_was_cut_in_the_middle_is_passed_over()
    {
        using var directory = new TemporaryDirectory();
        var test = Sample.Passed();
        var journal = RunJournal.Open(KilledRun.Header(directory.Path), Sample.Redactor(), directory.Path);
        journal.Started(test.Name, test.Seed, test.Log);
        journal.Dispose();
        File.WriteAllText(Path.Combine(journal.Location, "rows.ndjson"), "{\"test\":0,\"name\":\"test_res");

        using var orphan = Assert.Single(OrphanJournal.Find(directory.Path));
        orphan.Recover(BundleTarget.At(directory.File("run.fb")), new HostEnvironment(), Sample.Start);

        Assert.Empty(BundleReader.Open(directory.File("run.fb")).Info.Rows);
    }

    [Fact]
    public void A_journal_without_a_complete_header_is_removed()
    {
        using var directory = new TemporaryDirectory();
        directory.Write(".faultbox/runs/x/owner.lock", "");
        directory.Write(".faultbox/runs/x/run.json", "{\"run_id\":");

        Assert.Empty(OrphanJournal.Find(directory.Path));
        Assert.False(Directory.Exists(directory.File(".faultbox/runs/x")));
    }

    [Fact]
    public void The_journal_goes_elsewhere_when_it_cannot_lie_beside_the_specification()
    {
        using var directory = new TemporaryDirectory();
        var header = KilledRun.Header(directory.Write("a-file-in-the-way", ""));

        using var journal = RunJournal.Open(header, Sample.Redactor(), directory.File("elsewhere"));

        Assert.StartsWith(directory.File("elsewhere"), journal.Location);
    }

    private static string Row(string bundle, string entry)
    {
        using var document = JsonDocument.Parse(Entry(BundleReader.Open(bundle), entry));
        return document.RootElement.GetProperty("tests")[0].GetRawText();
    }

    private static byte[] Entry(BundleReader bundle, string name)
    {
        using var stream = new MemoryStream();
        bundle.CopyTo(name, stream);
        return stream.ToArray();
    }
}
