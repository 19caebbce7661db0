using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Host;
using Faultbox.Reporting.Json;
using Faultbox.Reporting.Tests.Support;

namespace Faultbox.Reporting.Tests.Bundle;

public sealed class BundleWriterTests
{
    [Fact]
    public void The_same_content_always_gives_the_same_bytes()
    {
        using var directory = new TemporaryDirectory();
        var longName = string.Join('/', Enumerable.Repeat("a-directory-with-a-long-name", 8)) + "/x.star";
        var content = Sample.Bundle(Sample.Suite() with { Files = [Sample.File($"/srv/project/specs/{longName}", longName, "x = 1\n")] });

        var first = File.ReadAllBytes(Sample.Write(directory, content));
        var second = File.ReadAllBytes(Sample.Write(directory, content));

        Assert.Equal(first, second);
        Assert.Equal("1F8B08000000000000", Convert.ToHexString(first.AsSpan(0, 9)));
    }

    [Fact]
    public void Tar_lists_the_entries_in_documented_order_with_fixed_metadata()
    {
        using var directory = new TemporaryDirectory();
        var outputs = new[] { new ServiceOutput("ledger", directory.Write("o", "out\n"), directory.Write("e", "err\n")) };
        var content = Sample.Bundle(Sample.Suite() with { Outputs = outputs }) with { Plan = "{}\n"u8.ToArray(), Lock = "{}\n"u8.ToArray() };

        var listing = Run("tar", "-tvzf", Sample.Write(directory, content), "--full-time", "--numeric-owner");

        var lines = listing.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            [
                "manifest.json", "env.json", "trace.json", "plan.json", "replay.sh",
                "lock.json", "services/ledger.stderr", "services/ledger.stdout", "spec/ledger.star",
            ],
            lines.Select(l => l.Split(' ')[^1]));
        Assert.All(lines, l => Assert.StartsWith(l.EndsWith("replay.sh", StringComparison.Ordinal) ? "-rwxr-xr-x 0/0" : "-rw-r--r-- 0/0", l));
        Assert.All(lines, l => Assert.Contains("1970-01-01 00:00:00", l));
    }

    [Fact]
    public void The_bundle_is_private_to_its_owner()
    {
        using var directory = new TemporaryDirectory();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Sample.Write(directory)));
    }

    [Fact]
    public void Nothing_is_at_the_target_before_the_bundle_is_complete()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("run.fb");
        var seenWhileWriting = new List<bool>();
        var content = Sample.Bundle();
        var probe = new ProbeRow(() => seenWhileWriting.Add(File.Exists(path)));

        BundleWriter.Write(BundleTarget.At(path), content with { Run = content.Run with { Rows = [probe] } });

        Assert.Equal([false, false], seenWhileWriting);
        Assert.Equal([path], Directory.GetFiles(directory.Path));
    }

    [Fact]
    public void Killing_the_process_while_it_writes_leaves_no_file_at_the_target()
    {
        using var directory = new TemporaryDirectory();
        using var process = ChildProcess.Start("bundle", directory.Path);
        process.Kill();
        process.WaitForExit();

        Assert.False(File.Exists(directory.File("new.fb")));
        Assert.Empty(Directory.GetFiles(directory.Path, "*.fb"));
    }

    [Fact]
    public void A_failed_write_leaves_nothing_behind_and_keeps_the_old_bundle()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.Write("run.fb", "the old bundle");
        var content = Sample.Bundle();
        var defect = new ProbeRow(() => throw new IOException("no space"));

        var error = Assert.Throws<BundleException>(
            () => BundleWriter.Write(BundleTarget.At(path), content with { Run = content.Run with { Rows = [defect] } }));

        Assert.StartsWith($"{path}: cannot write the bundle", error.Message);
        Assert.Equal([path], Directory.GetFiles(directory.Path));
        Assert.Equal("the old bundle", File.ReadAllText(path));
    }

    [Fact]
    public void The_default_name_carries_time_and_seed_and_counts_up_when_taken()
    {
        using var directory = new TemporaryDirectory();
        var nested = directory.File("deep/bundles");

        string[] names =
        [
            .. Enumerable.Range(0, 3).Select(_ =>
            {
                var target = BundleTarget.Default(nested, Sample.Start, 41);
                BundleWriter.Write(target, Sample.Bundle());
                return Path.GetFileName(target.Path);
            }),
        ];

        Assert.Equal(["run-2027-03-01T08-00-00-41.fb", "run-2027-03-01T08-00-00-41-2.fb", "run-2027-03-01T08-00-00-41-3.fb"], names);
    }

    [Fact]
    public void Two_runs_that_end_at_the_same_time_get_different_names()
    {
        using var directory = new TemporaryDirectory();
        using var first = BundleTarget.Default(directory.Path, Sample.Start, 41);
        using var second = BundleTarget.Default(directory.Path, Sample.Start, 41);

        Assert.NotEqual(first.Path, second.Path);
    }

    [Fact]
    public void The_trace_of_a_bundle_is_the_document_of_the_run_byte_for_byte()
    {
        using var directory = new TemporaryDirectory();
        var content = Sample.Bundle();
        var path = Sample.Write(directory, content);
        using var document = new MemoryStream();
        using var entry = new MemoryStream();

        RunDocument.Write(document, content.Run, content.Redactor, path);
        BundleReader.Open(path).CopyTo("trace.json", entry);

        Assert.Equal(document.ToArray(), entry.ToArray());
    }

    [Fact]
    public void The_manifest_is_written_in_the_documented_layout()
    {
        using var directory = new TemporaryDirectory();
        var manifest = Entry(Sample.Write(directory), "manifest.json");

        // The trace names the bundle, whose place differs from run to run.
        var trace = JsonDocument.Parse(manifest).RootElement.GetProperty("files").GetProperty("trace.json");
        Golden.Matches(
            "manifest.json",
            manifest.Replace(trace.GetProperty("sha256").GetString()!, "HASH", StringComparison.Ordinal)
                .Replace($"\"size\": {trace.GetProperty("size")}", "\"size\": SIZE", StringComparison.Ordinal));
    }

    [Fact]
    public void The_manifest_lists_hash_and_size_of_every_other_entry()
    {
        using var directory = new TemporaryDirectory();
        var path = Sample.Write(directory);
        var bundle = BundleReader.Open(path);

        Assert.Equal(
            ["env.json", "replay.sh", "spec/ledger.star", "trace.json"],
            bundle.Info.Files.Keys.Order(StringComparer.Ordinal));
        var script = Encoding.UTF8.GetBytes(Entry(path, "replay.sh"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(script)), bundle.Info.Files["replay.sh"].Sha256);
        Assert.Equal(script.Length, bundle.Info.Files["replay.sh"].Size);
        Assert.Empty(bundle.Verify());
    }

    [Fact]
    public void Each_outcome_falls_into_its_buckets()
    {
        var summary = RunSummary.Of(["passed", "expectation_violated", "failed"]);
        Assert.Equal((3, 1, 2, 1), (summary.Total, summary.Passed, summary.Failed, summary["expectation_violated"]));

        summary = RunSummary.Of(["passed", "fault_bypassed"]);
        Assert.Equal((2, 2, 1), (summary.Total, summary.Passed, summary["fault_bypassed"]));

        summary = RunSummary.Of(["errored", "inconclusive", "halted", "strict_determinism_violation", "nondeterministic"]);
        Assert.Equal((5, 0, 2, 1), (summary.Total, summary.Passed, summary.Failed, summary.Errored));
        Assert.Equal(["inconclusive", "halted", "strict_determinism_violation", "nondeterministic"], summary.Others.Select(o => o.Key));
    }

    [Fact]
    public void Remote_endpoints_are_listed_in_order_and_absent_without_any()
    {
        using var directory = new TemporaryDirectory();
        var at = Sample.Start;
        var content = Sample.Bundle() with
        {
            Environment = new HostEnvironment
            {
                Remotes = [new RemoteEndpoint("b", "main", "b:2", "tcp", at), new RemoteEndpoint("a", "main", "a:1", "http", at)],
            },
        };

        var with = BundleReader.Open(Sample.Write(directory, content)).Info.Environment;
        var without = BundleReader.Open(Sample.Write(directory)).Info.Environment;

        Assert.Equal(["a", "b"], with.GetProperty("remotes").EnumerateArray().Select(r => r.GetProperty("service").GetString()));
        Assert.False(without.TryGetProperty("remotes", out _));
    }

    [Fact]
    public void The_plan_is_stored_as_it_is_and_absent_without_one()
    {
        using var directory = new TemporaryDirectory();
        const string Plan = "{\n  \"schema_version\": 1\n}\n";

        var path = Sample.Write(directory, Sample.Bundle() with { Plan = Encoding.UTF8.GetBytes(Plan) });
        Assert.Equal(Plan, Entry(path, "plan.json"));
        Assert.DoesNotContain(BundleReader.Open(Sample.Write(directory)).List(), f => f.Name == "plan.json");
    }

    [Fact]
    public void Files_from_outside_the_specification_directory_get_names_that_cannot_collide()
    {
        using var directory = new TemporaryDirectory();
        var suite = Sample.Suite() with
        {
            Files =
            [
                Sample.File("/srv/project/specs/ledger.star", "ledger.star", "load(\"lib/a.star\", \"a\")\n"),
                Sample.File("/srv/project/specs/lib/a.star", "lib/a.star", "a = 1\n"),
                Sample.File("/srv/project/shared/util.star", "../shared/util.star", "b = 2\n"),
                Sample.File("/srv/other/util.star", "/srv/other/util.star", "c = 3\n"),
            ],
        };

        var bundle = BundleReader.Open(Sample.Write(directory, Sample.Bundle(suite)));

        var externals = bundle.Info.Externals;
        Assert.Equal(["../shared/util.star", "/srv/other/util.star"], externals.Keys.Order(StringComparer.Ordinal));
        Assert.All(externals.Values, e => Assert.Matches("^spec/_external/[0-9a-f]{8}-util\\.star$", e));
        Assert.Equal(2, externals.Values.Distinct().Count());
        Assert.Equal("b = 2\n", Entry(bundle.Path, externals["../shared/util.star"]));
        Assert.Equal("a = 1\n", Entry(bundle.Path, "spec/lib/a.star"));
    }

    [Fact]
    public void A_file_beyond_the_limit_is_listed_as_omitted()
    {
        using var directory = new TemporaryDirectory();
        var large = new CapturedFile("/srv/project/specs/big.json", "big.json", new byte[(50 << 20) + 1]);

        var bundle = BundleReader.Open(Sample.Write(directory, Sample.Bundle(Sample.Suite() with { Files = [large] })));

        Assert.True(bundle.Info.Files["spec/big.json"].Omitted);
        Assert.DoesNotContain(bundle.List(), f => f.Name == "spec/big.json");
        Assert.Empty(bundle.Verify());
    }

    [Fact]
    public void A_captured_private_key_is_stored_as_a_marker_and_a_certificate_as_it_is()
    {
        using var directory = new TemporaryDirectory();
        const string Pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n";
        var suite = Sample.Suite() with { Files = [Sample.File("/srv/project/specs/tls.pem", "tls.pem", Pem)] };

        var stored = Entry(Sample.Write(directory, Sample.Bundle(suite)), "spec/tls.pem");

        Assert.Contains("AAAA", stored);
        Assert.DoesNotContain("BBBB", stored);
    }

    [Fact]
    public void A_long_log_keeps_its_beginning_and_its_end()
    {
        using var directory = new TemporaryDirectory();
        var log = string.Concat(Enumerable.Range(0, 1_200_000).Select(i => $"line {i:D7}\n"));
        var suite = Sample.Suite() with { Outputs = [new("db", directory.Write("o", log), directory.File("absent"))] };

        var path = Sample.Write(directory, Sample.Bundle(suite));

        var stored = Entry(path, "services/db.stdout");
        Assert.StartsWith("line 0000000\n", stored);
        Assert.EndsWith("line 1199999\n", stored);
        Assert.InRange(stored.Length, 8 << 20, (8 << 20) + 100);
        Assert.Contains($"=== {log.Length - (8 << 20)} bytes cut here ===", stored);
        Assert.Equal("", Entry(path, "services/db.stderr"));
    }

    [Theory]
    [InlineData("run-1.fb", "run-1.fb")]
    [InlineData("my run$(id).fb", "my_run__id_.fb")]
    [InlineData("", "bundle.fb")]
    public void The_replay_script_names_its_bundle_safely(string name, string expected) => Assert.Equal(expected, ReplayScript.SafeName(name));

    [Fact]
    public void The_replay_script_runs_its_bundle_with_the_arguments_given()
    {
        using var directory = new TemporaryDirectory();
        var bundle = Sample.Write(directory);
        BundleReader.Open(bundle).Extract(directory.Path);
        var bin = directory.Write("bin/faultbox", "#!/bin/sh\nprintf '%s|' \"$@\"\n");
        File.SetUnixFileMode(bin, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var output = Run("env", $"PATH={directory.File("bin")}:/usr/bin:/bin", directory.File("replay.sh"), "--test", "a b");

        Assert.Equal($"replay|{bundle}|--test|a b|", output);
    }

    [Fact]
    public void The_replay_script_says_what_to_do_when_its_bundle_is_not_there()
    {
        using var directory = new TemporaryDirectory();
        var bundle = Sample.Write(directory);
        BundleReader.Open(bundle).Extract(directory.File("elsewhere"));

        var output = Run("sh", "-c", $"{directory.File("elsewhere")}/replay.sh 2>&1; echo \"exit $?\"");

        Assert.Contains("put the bundle beside this script", output);
        Assert.EndsWith("exit 1\n", output);
    }

    [Theory]
    [InlineData("SIGINT", null, "interrupted")]
    [InlineData(null, null, "interrupted")]
    [InlineData(null, "defect", "crash")]
    public void A_cut_short_run_leaves_a_bundle_that_says_why_before_anything_else(string? signal, string? panic, string reason)
    {
        using var directory = new TemporaryDirectory();
        var suite = Sample.Suite(Sample.Passed()) with
        {
            Signal = signal,
            Crash = panic is null ? null : new CrashRecord(panic, "at Program", null),
            NotRun = ["test_b"],
        };

        var bundle = BundleReader.Open(Sample.Write(directory, Sample.Bundle(suite)));

        Assert.Equal(reason, bundle.Info.Partial?.Reason);
        Assert.Equal(["test_b"], bundle.Info.Partial!.NotRun);
        Assert.Equal(panic is not null, bundle.Info.Manifest.TryGetProperty("crash", out _));
        Assert.StartsWith("partial run: ", new BundleSummary(bundle).ToLines().First());
    }

    [Fact]
    public void A_crash_inside_a_test_does_not_make_the_run_partial()
    {
        using var directory = new TemporaryDirectory();
        var suite = Sample.Suite(Sample.Row("test_a", Result.Error)) with { Crash = new CrashRecord("defect", null, "test_a") };

        var info = BundleReader.Open(Sample.Write(directory, Sample.Bundle(suite))).Info;

        Assert.Null(info.Partial);
        Assert.Equal("test_a", info.Manifest.GetProperty("crash").GetProperty("last_test").GetString());
    }

    private static string Entry(string bundle, string name)
    {
        using var stream = new MemoryStream();
        BundleReader.Open(bundle).CopyTo(name, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
