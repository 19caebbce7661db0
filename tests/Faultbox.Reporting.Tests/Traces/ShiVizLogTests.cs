using System.Text.Json;
using System.Text.RegularExpressions;
using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Tests.Support;
using Faultbox.Reporting.Traces;

namespace Faultbox.Reporting.Tests.Traces;

public sealed partial class ShiVizLogTests
{
    [Fact]
    public void The_log_begins_with_the_expression_that_parses_it()
    {
        var lines = Lines(Sample.Suite());

        Assert.Equal(@"(?<host>\S+) (?<clock>\{.*?\}) (?<event>.*)", lines[0]);
        Assert.Equal("", lines[1]);
        Assert.All(lines.Skip(2), l => Assert.Matches(Entry(), l));
    }

    [Fact]
    public void An_event_tells_its_type_decision_label_path_and_target()
    {
        var lines = Lines(Sample.Suite(Sample.DiskFull()));

        Assert.Contains("ledger {\"ledger\": 4} syscall.write deny(no space left on device) [disk] /srv/ledger/wal", lines);
        Assert.Contains("test {\"test\": 1} step_send.ledger post→ledger", lines);
    }

    [Fact]
    public void A_failure_is_an_event_of_the_driver_after_everything_else() =>
        Assert.Equal(
            "test {\"ledger\": 5, \"test\": 3} VIOLATION [test_reserve_disk_full] ledger.star:9:5: assert_eq failed: 200 != 507",
            Lines(Sample.Suite(Sample.DiskFull()))[^1]);

    [Fact]
    public void The_own_clock_of_every_host_rises_over_all_rows()
    {
        var own = new Dictionary<string, long>();
        foreach (var line in Lines(Sample.Suite(Sample.Passed(), Sample.DiskFull(), Sample.DiskFull(), Sample.Passed())).Skip(2))
        {
            var match = Entry().Match(line);
            var host = match.Groups["host"].Value;
            using var clock = JsonDocument.Parse(match.Groups["clock"].Value);
            var value = clock.RootElement.GetProperty(host).GetInt64();
            Assert.True(value > own.GetValueOrDefault(host), line);
            own[host] = value;
        }

        Assert.Equal(["ledger", "test"], own.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Names_and_texts_stay_on_one_line_and_in_one_word()
    {
        var test = Sample.Row("test_a", Result.Error) with { Reason = "first\nsecond" };
        test.Log.Emit("stdout", "my db", new EventField("path", "a\nb"));
        test.Log.Emit("run_wide", "");

        Assert.Equal(
            ["my_db {\"my_db\": 1} stdout a b", "test {\"my_db\": 1, \"test\": 1} VIOLATION [test_a] first second"],
            Lines(Sample.Suite(test)).Skip(2));
    }

    [Fact]
    public void Latency_is_shown_unless_it_is_zero()
    {
        var test = Sample.Row("test_a");
        test.Log.Emit("syscall", "db", new EventField("syscall", "fsync"), new EventField("decision", "delay(2s)"), new EventField("latency_ms", "2001"));
        test.Log.Emit("syscall", "db", new EventField("syscall", "fsync"), new EventField("decision", "allow"), new EventField("latency_ms", "0"));

        Assert.Equal(
            ["db {\"db\": 1} syscall.fsync delay(2s) (+2001ms)", "db {\"db\": 2} syscall.fsync allow"],
            Lines(Sample.Suite(test)).Skip(2));
    }

    private static string[] Lines(SuiteResult suite)
    {
        using var text = new StringWriter();
        TraceReader.Read(suite, new ShiVizLog(text));
        return text.ToString().TrimEnd('\n').Split('\n');
    }

    [GeneratedRegex(@"^(?<host>\S+) (?<clock>\{.*?\}) (?<event>.*)$")]
    private static partial Regex Entry();
}
