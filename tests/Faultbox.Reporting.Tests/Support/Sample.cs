using System.Text;
using Faultbox.Core;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Host;
using Faultbox.Reporting.Redaction;
using TestResult = Faultbox.Core.Verdicts.TestResult;

namespace Faultbox.Reporting.Tests.Support;

/// <summary>A run of a small order service: one row that passed, one that failed under a full disk.</summary>
internal static class Sample
{
    public static readonly DateTime Start = new(2027, 3, 1, 8, 0, 0, DateTimeKind.Utc);

    public static readonly Producer Producer = new("0.1.0", "abc1234");

    public static Redactor Redactor(RedactionMode mode = RedactionMode.Default) => Reporting.Redaction.Redactor.WithKey(mode, "a fixed key"u8.ToArray());

    public static EventLog Log() => new(new StoppedClock(Start));

    public static SuiteResult Suite(params TestResult[] tests) => new()
    {
        RunId = "0123456789abcdef0123456789abcdef",
        SpecRoot = "specs/ledger.star",
        BaseDirectory = "/srv/project/specs",
        Seed = 41,
        StartedAt = Start,
        Duration = TimeSpan.FromMilliseconds(300),
        Tests = tests.Length > 0 ? tests : [Passed(), DiskFull()],
        Files = [File("/srv/project/specs/ledger.star", "ledger.star", "depot = service(\"ledger\", \"./ledger\")\n")],
    };

    public static CapturedFile File(string path, string asWritten, string content) => new(path, asWritten, Encoding.UTF8.GetBytes(content));

    public static TestResult Row(string name, Result result = Result.Pass) => new()
    {
        Name = name,
        Result = result,
        Seed = 41,
        StartedAt = Start,
        Duration = TimeSpan.FromMilliseconds(64),
        Assertions = 1,
        Log = Log(),
    };

    public static TestResult Passed()
    {
        var test = Row("test_reserve");
        test.Log.Emit("service_started", "ledger");
        test.Log.Emit("service_ready", "ledger");
        return test;
    }

    public static TestResult DiskFull()
    {
        var log = Log();
        log.Emit("service_started", "ledger");
        log.Emit("service_ready", "ledger");
        log.Emit("fault_applied", "ledger", new EventField("write", "deny(ENOSPC) → filter:[write,writev,pwrite64] label=\"disk\""));
        log.Merge("test", "ledger");
        log.Emit("step_send", "test", new EventField("target", "ledger"), new EventField("method", "post"), new EventField("summary", "POST /seats"));
        log.Emit(
            "syscall",
            "ledger",
            new EventField("syscall", "write"),
            new EventField("pid", "2231"),
            new EventField("decision", "deny(no space left on device)"),
            new EventField("path", "/srv/ledger/wal"),
            new EventField("label", "disk"));
        log.Merge("ledger", "test");
        log.Emit("step_recv", "test", new EventField("target", "ledger"), new EventField("method", "post"), new EventField("status_code", "200"), new EventField("success", "true"));
        log.Emit("fault_removed", "ledger");
        return Row("test_reserve_disk_full", Result.Fail) with
        {
            Reason = "ledger.star:9:5: assert_eq failed: 200 != 507",
            Reasons = ["ledger.star:9:5: assert_eq failed: 200 != 507"],
            FailureType = FailureType.Assertion,
            Duration = TimeSpan.FromMilliseconds(212),
            Source = new SourcePosition("ledger.star", 7, 1),
            Traceback = [new SourceFrame(new SourcePosition("ledger.star", 9, 5), "test_reserve_disk_full")],
            Assertion = new AssertionRecord
            {
                Function = "assert_eq",
                Expected = "507",
                Actual = "200",
                Position = new SourcePosition("ledger.star", 9, 5),
                Context = [4, 6],
            },
            Faults =
            [
                new FaultSummary
                {
                    Service = "ledger", Keyword = "fsync", Action = "delay", Detail = "2s", Hits = 0, Matches = 0,
                    Windows = [new RuleUse("delay(2s) → filter:[fsync]", 0, 3, 7)],
                    Hint = "no fsync while the window was open",
                },
                new FaultSummary
                {
                    Service = "ledger", Keyword = "write", Action = "deny", Detail = "ENOSPC", Label = "disk", Hits = 1, Matches = 1,
                    Windows = [new RuleUse("deny(ENOSPC) → filter:[write,writev,pwrite64] label=\"disk\"", 1, 3, 7)],
                },
            ],
            Windows =
            [
                new FaultWindowSummary(
                    "ledger",
                    false,
                    [
                        new EventField("write", "deny(ENOSPC) → filter:[write,writev,pwrite64] label=\"disk\""),
                        new EventField("fsync", "delay(2s) → filter:[fsync]"),
                    ],
                    1,
                    3,
                    7),
            ],
            Syscalls = [new SyscallSummary("ledger", 6, 1, 0, [KeyValuePair.Create("write", 6L)])],
            Diagnostics = [new Diagnostic("SPEC_SYNTAX", "a finding") { Level = DiagnosticLevel.Warning, Service = "ledger" }],
            Log = log,
        };
    }

    public static BundleContent Bundle(SuiteResult? suite = null, Redactor? redactor = null) => new()
    {
        Run = RunRecord.Of(suite ?? Suite()),
        Producer = Producer,
        Redactor = redactor ?? Redactor(),
        Environment = new HostEnvironment { OperatingSystem = "linux", Architecture = "amd64", Kernel = "6.1.0" },
        CreatedAt = Start,
        Command = ["faultbox", "test", "specs/ledger.star"],
        WorkingDirectory = "/srv/project",
    };

    /// <summary>Writes a bundle and returns its path.</summary>
    public static string Write(TemporaryDirectory directory, BundleContent? content = null, string name = "run.fb")
    {
        var target = BundleTarget.At(directory.File(name));
        BundleWriter.Write(target, content ?? Bundle());
        return target.Path;
    }

    private sealed class StoppedClock(DateTime now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;

        public override long GetTimestamp() => 0;
    }
}
