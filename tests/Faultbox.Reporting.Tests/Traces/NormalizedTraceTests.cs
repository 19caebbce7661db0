using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Tests.Support;
using Faultbox.Reporting.Traces;

namespace Faultbox.Reporting.Tests.Traces;

public sealed class NormalizedTraceTests
{
    [Fact]
    public void Rows_and_services_have_headings_and_keep_the_order_of_their_events() => Assert.Equal(
        """
        === test_reserve ===
        --- ledger ---
        service_started
        service_ready
        === test_reserve_disk_full ===
        --- ledger ---
        service_started
        service_ready
        fault_applied
        write deny(no space left on device) /srv/ledger/wal
        fault_removed
        --- test ---
        step_send ledger
        step_recv ledger

        """,
        Normalize(Sample.Suite()));

    [Fact]
    public void A_bundle_gives_the_same_text_as_the_run_it_was_made_of()
    {
        using var directory = new TemporaryDirectory();
        using var text = new StringWriter();

        TraceReader.Read(BundleReader.Open(Sample.Write(directory)), new NormalizedTrace(text));

        Assert.Equal(Normalize(Sample.Suite()), text.ToString());
    }

    [Fact]
    public void A_large_trace_is_read_back_event_by_event()
    {
        using var directory = new TemporaryDirectory();
        var test = Sample.Row("test_large");
        for (var i = 0; i < 20_000; i++)
        {
            Call(test, "write", "allow", $"/data/{i % 977}");
        }

        using var text = new StringWriter();
        TraceReader.Read(BundleReader.Open(Sample.Write(directory, Sample.Bundle(Sample.Suite(test)))), new NormalizedTrace(text));

        Assert.Equal(Normalize(Sample.Suite(test)), text.ToString());
        Assert.Equal(20_002, text.ToString().Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("allow", "", null)]
    [InlineData("allow", "/dev/null", null)]
    [InlineData("allow", "pipe", null)]
    [InlineData("allow", "socket", null)]
    [InlineData("allow", "anon_inode:[eventpoll]", null)]
    [InlineData("allow (system path)", "/etc/ld.so.cache", null)]
    [InlineData("allow", "socket:[81723]", "write allow socket")]
    [InlineData("allow", "pipe:[17]", "write allow pipe")]
    [InlineData("allow", "/data/wal", "write allow /data/wal")]
    [InlineData("deny(input/output error)", "anon_inode:[7]", "write deny(input/output error) anon_inode")]
    [InlineData("delay(2s)", "", "write delay(2s)")]
    public void Calls_that_say_nothing_are_left_out_and_numbers_disappear(string decision, string path, string? expected)
    {
        var test = Sample.Row("test_a");
        Call(test, "write", decision, path);

        Assert.Equal(
            expected is null ? "=== test_a ===\n" : $"=== test_a ===\n--- db ---\n{expected}\n",
            Normalize(Sample.Suite(test)));
    }

    [Fact]
    public void Calls_that_prepare_a_test_are_left_out()
    {
        var test = Sample.Row("test_a");
        test.Log.Emit("step_send", "test", new EventField("target", "db"), new EventField("phase", "ready"));
        test.Log.Emit("client_call", "shop", new EventField("target", "db"), new EventField("operation", "get"), new EventField("phase", "seed"));
        test.Log.Emit("client_call", "shop", new EventField("target", "db"), new EventField("operation", "get"));
        test.Log.Emit("unmediated_io", "db", new EventField("category", "io_uring"), new EventField("syscall", "io_uring_setup"), new EventField("pid", "7"));
        test.Log.Emit("stdout", "db", new EventField("line", "noise"));

        Assert.Equal(
            "=== test_a ===\n--- db ---\nunmediated_io io_uring io_uring_setup\n--- shop ---\nclient_call db get\n",
            Normalize(Sample.Suite(test)));
    }

    [Fact]
    public void A_repeated_test_names_its_run() =>
        Assert.Equal("=== test_a === [run 2]\n", Normalize(Sample.Suite(Sample.Row("test_a") with { Run = 2 })));

    private static void Call(Core.Verdicts.TestResult test, string name, string decision, string path)
    {
        if (path.Length == 0)
        {
            test.Log.Emit("syscall", "db", new EventField("syscall", name), new EventField("pid", "7"), new EventField("decision", decision));
        }
        else
        {
            test.Log.Emit("syscall", "db", new EventField("syscall", name), new EventField("pid", "7"), new EventField("decision", decision), new EventField("path", path));
        }
    }

    private static string Normalize(SuiteResult suite)
    {
        using var text = new StringWriter();
        TraceReader.Read(suite, new NormalizedTrace(text));
        return text.ToString();
    }
}
