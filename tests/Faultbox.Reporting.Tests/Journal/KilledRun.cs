using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Journal;
using Faultbox.Reporting.Tests.Support;

namespace Faultbox.Reporting.Tests.Journal;

/// <summary>The part of a process that is killed while it keeps a journal: one test finished, one running, one waiting.</summary>
internal static class KilledRun
{
    public static JournalHeader Header(string directory) => new()
    {
        RunId = "0123456789abcdef0123456789abcdef",
        ProducerVersion = "0.1.0",
        SpecRoot = "ledger.star",
        BaseDirectory = directory,
        Seed = 41,
        StartedAt = Sample.Start,
        Tests = ["test_reserve", "test_slow", "test_waiting"],
        Filter = "test_*",
        Files = [Sample.File(Path.Combine(directory, "ledger.star"), "ledger.star", "x = 1\n")],
        Outputs = [new ServiceOutput("ledger", Path.Combine(directory, "out"), Path.Combine(directory, "err"))],
    };

    public static void Play(string directory)
    {
        using var journal = RunJournal.Open(Header(directory), Sample.Redactor(), directory);
        var passed = Sample.Passed();
        journal.Started(passed.Name, passed.Seed, passed.Log);
        journal.Finished(passed);
        var log = Sample.Log();
        journal.Started("test_slow", 41, log);
        log.Emit("service_started", "ledger");
        log.Emit("stdout", "ledger", new EventField("line", "Cookie: hunter22"));
        var events = Path.Combine(journal.Location, "events-1.ndjson");
        SpinWait.SpinUntil(() => File.ReadLines(events).Count() == 2);
        ChildProcess.AwaitTheEnd();
    }
}
