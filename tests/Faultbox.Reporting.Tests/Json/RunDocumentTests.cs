using System.Text;
using System.Text.Json;
using Faultbox.Core;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Json;
using Faultbox.Reporting.Tests.Support;

namespace Faultbox.Reporting.Tests.Json;

public sealed class RunDocumentTests
{
    private static readonly JsonSchema Schema = JsonSchema.Load("trace.schema.json");

    [Fact]
    public void A_run_is_written_in_the_documented_layout() =>
        Golden.Matches("trace.json", Encoding.UTF8.GetString(Write(Sample.Suite())));

    [Fact]
    public void A_run_satisfies_the_published_schema() => Assert.Empty(Schema.Validate(Write(Sample.Suite())));

    [Fact]
    public void A_rule_that_never_fired_is_listed_with_zero_hits()
    {
        var faults = Parse(Write(Sample.Suite())).GetProperty("tests")[1].GetProperty("faults");

        Assert.Equal(["fsync 0", "write 1"], faults.EnumerateArray().Select(f => $"{f.GetProperty("syscall")} {f.GetProperty("hits")}"));
        Assert.Equal("2s", faults[0].GetProperty("errno").GetString());
        Assert.Equal("2s", faults[0].GetProperty("duration").GetString());
        Assert.Equal(3, faults[1].GetProperty("from_seq").GetInt32());
        Assert.Equal(7, faults[1].GetProperty("to_seq").GetInt32());
    }

    [Fact]
    public void Errored_rows_count_as_failed()
    {
        var document = Parse(Write(Sample.Suite(
            Sample.Row("test_a"), Sample.Row("test_b", Result.Fail), Sample.Row("test_c", Result.Error), Sample.Row("test_d", Result.Halted))));

        Assert.Equal(1, document.GetProperty("pass").GetInt32());
        Assert.Equal(2, document.GetProperty("fail").GetInt32());
        Assert.Equal(1, document.GetProperty("errored").GetInt32());
        Assert.Equal(1, document.GetProperty("halted").GetInt32());
        Assert.False(document.TryGetProperty("inconclusive", out _));
    }

    [Fact]
    public void Failures_carry_a_command_line_that_a_shell_reads_back()
    {
        var suite = Sample.Suite(Sample.Row("test_it's", Result.Fail)) with { SpecRoot = "my specs/a.star" };

        Assert.Equal(
            @"faultbox test 'my specs/a.star' --test 'it'\''s' --seed 41",
            Parse(Write(suite)).GetProperty("tests")[0].GetProperty("replay_command").GetString());
    }

    [Fact]
    public void An_interrupted_run_names_the_signal_and_keeps_the_events_of_the_cut_off_test()
    {
        var log = Sample.Log();
        log.Emit("service_started", "db");
        var suite = Sample.Suite(Sample.Passed()) with
        {
            Signal = "SIGINT",
            NotRun = ["test_b", "test_c"],
            Interrupted = [new InterruptedTest("test_b", 41, ["db: started, not ready after 41 s, last: connection refused"], log)],
        };

        var bytes = Write(suite);

        Assert.Empty(Schema.Validate(bytes));
        var document = Parse(bytes);
        Assert.Equal("SIGINT", document.GetProperty("signal").GetString());
        Assert.Equal(2, document.GetProperty("aborted").GetInt32());
        Assert.Equal(3, document.GetProperty("matched").GetInt32());
        Assert.Equal(4, document.GetProperty("exit_code").GetInt32());
        Assert.Equal("service_started", document.GetProperty("interrupted")[0].GetProperty("events")[0].GetProperty("type").GetString());
        Assert.Contains("not ready", document.GetProperty("interrupted")[0].GetProperty("services")[0].GetString());
    }

    [Fact]
    public void A_specification_that_does_not_load_still_yields_one_document()
    {
        using var stream = new MemoryStream();
        var error = new Diagnostic("SPEC_SYNTAX", "a.star:3:7: got newline, want ')'") { Position = new SourcePosition("a.star", 3, 7) };

        RunDocument.WriteLoadError(stream, "a.star", [error], Sample.Redactor());

        Assert.Empty(Schema.Validate(stream.ToArray()));
        var document = Parse(stream.ToArray());
        Assert.Equal(0, document.GetProperty("pass").GetInt32());
        Assert.Equal(0, document.GetProperty("tests").GetArrayLength());
        Assert.Equal(1, document.GetProperty("exit_code").GetInt32());
        Assert.Equal("SPEC_SYNTAX", document.GetProperty("diagnostics")[0].GetProperty("code").GetString());
    }

    [Fact]
    public void Memory_does_not_follow_the_number_of_events()
    {
        const int Events = 50_000;
        var test = Sample.Row("test_many");
        for (var i = 0; i < Events; i++)
        {
            test.Log.Emit("stdout", "ledger");
        }

        var suite = Sample.Suite(test);
        var largest = new LargestWrite();
        RunDocument.Write(largest, RunRecord.Of(suite), Sample.Redactor(), bundle: null);

        Assert.True(largest.Total > 10_000_000);
        Assert.True(largest.Size < 200_000, $"one write carried {largest.Size} bytes");
    }

    [Fact]
    public void The_schema_rejects_what_it_does_not_know()
    {
        var text = Encoding.UTF8.GetString(Write(Sample.Suite())).Replace("\"matches\"", "\"matched\"", StringComparison.Ordinal);

        Assert.Contains("$.tests[1].faults[0].matched is not allowed", Schema.Validate(Encoding.UTF8.GetBytes(text)));
    }

    private static byte[] Write(SuiteResult suite)
    {
        using var stream = new MemoryStream();
        RunDocument.Write(stream, RunRecord.Of(suite), Sample.Redactor(), bundle: "run.fb");
        return stream.ToArray();
    }

    private static JsonElement Parse(byte[] document)
    {
        using var parsed = JsonDocument.Parse(document);
        return parsed.RootElement.Clone();
    }

    private sealed class LargestWrite : MemoryStream
    {
        public int Size { get; private set; }

        public long Total { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Size = Math.Max(Size, buffer.Length);
            Total += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    }
}
