using System.Diagnostics;
using System.Runtime.CompilerServices;
using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Journal;
using Faultbox.Reporting.Tests.Support;

namespace Faultbox.Reporting.Tests.Journal;

/// <summary>A second process of this test program that keeps a journal: one test finished, one running. It ends only by being killed.</summary>
internal static class KilledRun
{
    private const string Variable = "FAULTBOX_TEST_JOURNAL_IN";

    public static JournalHeader Header(string directory) => new()
    {
        RunId = "0123456789abcdef0123456789abcdef",
        ProducerVersion = "0.1.0",
        SpecRoot = "ledger.star",
        BaseDirectory = directory,
        Seed = 41,
        StartedAt = Sample.Start,
        Tests = ["test_reserve", "test_slow", "test_waiting"],
        Files = [Sample.File(Path.Combine(directory, "ledger.star"), "ledger.star", "x = 1\n")],
        Outputs = [new ServiceOutput("ledger", Path.Combine(directory, "out"), Path.Combine(directory, "err"))],
    };

    /// <summary>Starts the process and waits until its journal holds everything.</summary>
    public static Process Start(string directory)
    {
        var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Faultbox.Reporting.Tests"))
        {
            Environment = { [Variable] = directory },
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        Assert.Equal("journal written", process.StandardOutput.ReadLine());
        return process;
    }

    [ModuleInitializer]
    internal static void RunWhenAskedTo()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } directory)
        {
            return;
        }

        var journal = RunJournal.Open(Header(directory), Sample.Redactor(), directory);
        var passed = Sample.Passed();
        journal.Started(passed.Name, passed.Seed, passed.Log);
        journal.Finished(passed);
        var log = Sample.Log();
        journal.Started("test_slow", 41, log);
        log.Emit("service_started", "ledger");
        log.Emit("stdout", "ledger", new EventField("line", "Cookie: hunter22"));
        var events = Path.Combine(journal.Location, "events-1.ndjson");
        SpinWait.SpinUntil(() => File.ReadLines(events).Count() == 2);
        Console.WriteLine("journal written");
        Console.In.ReadToEnd();
        journal.Dispose();
        Environment.Exit(0);
    }
}
