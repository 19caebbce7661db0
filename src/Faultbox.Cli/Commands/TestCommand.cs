using System.CommandLine;
using System.Globalization;
using Faultbox.Cli.CommandLine;
using Faultbox.Cli.Testing;
using Faultbox.Core.Leaves;
using Faultbox.Core.Topology;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Cli.Commands;

/// <summary><c>faultbox test [spec.star]</c>.</summary>
internal static class TestCommand
{
    private const string DefaultSpec = "faultbox.star";

    private static readonly string[] UsualGates = ["connect", "sendto", "write", "fsync"];

    public static Command Build()
    {
        var spec = new Argument<string?>("spec.star")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = $"Root specification; ./{DefaultSpec} when it exists.",
        };
        var pattern = Flags.Text("--test", "PATTERN", "Select tests: a name with or without test_, ~regex, or a glob.");
        var seed = Flags.Number("--seed", "N", "Run seed, 0 to 18446744073709551615; remembered for later runs.");
        var runs = Flags.Number("--runs", "N", "Repeat each test with seeds N, N+1, …; a test stops repeating when it fails.");
        var leaf = Flags.Text("--leaf", "LEAF", "Run only these leaves of tests that have several: a number or a range, repeatable, or a key such as wal~10.");
        var mostLeaves = Flags.Number("--max-leaves", "N", "Largest number of leaves of a test; 10000 unless given.");
        var strict = Flags.Switch(Strictness.On, "Fail tests whose services use a source of nondeterminism that is not tolerated; =false as the next.");
        var lenient = Flags.Switch(Strictness.Off, "Record such sources only, whatever the specification says.");
        var gates = Flags.Text("--gates", "CALLS", "Calls of the services whose order parallel(interleavings = \"events\") explores: syscalls (the families connect, sendto, write and fsync), or exactly those of a list such as connect,read.");
        var preemptions = Flags.Number("--preemptions", "N", "How often a schedule may interrupt a thread that could go on; 2 unless given.");
        var quiesce = Flags.Text("--quiesce", "TIME", "How long no gated call may come before one is released; 20ms unless given.");
        var show = Flags.Choice("--show", "Which tests are shown on the terminal.", "all", "fail", "failures");
        var format = Flags.Choice("--format", "json prints one document on standard output.", "text", "json");
        var output = Flags.Text("--output", "FILE", "Write the JSON document to a file as well.");
        var bundle = Flags.Text("--bundle", "FILE", "Path of the bundle instead of run-<time>-<seed>.fb.");
        var noBundle = Flags.Switch("--no-bundle", "Leave no bundle.");
        var dryRun = Flags.Switch("--dry-run", "Load and list, start nothing.");
        var logFormat = Flags.Choice("--log-format", "Form of log lines; console on a terminal, json otherwise.", "console", "json");
        var debug = Flags.Switch("--debug", "Log allowed calls and set-up, print returned values.");
        var command = new Command("test", "Run the tests of a specification.")
        {
            spec, pattern, seed, runs, leaf, mostLeaves, strict, lenient, gates, preemptions, quiesce, show, format, output, bundle, noBundle, dryRun, logFormat, debug,
        };
        command.SetAction(parsed =>
        {
            try
            {
                return TestRun.Execute(new TestArguments
                {
                    Spec = SpecPath(parsed.GetValue(spec)),
                    Pattern = Flags.Last(parsed, pattern),
                    Seed = Flags.Last(parsed, seed) is { } s ? Flags.ParseUnsigned("--seed", s) : null,
                    Runs = Flags.Last(parsed, runs) is { } r ? Flags.ParsePositive("--runs", r) : 1,
                    Leaves = Leaves(parsed.GetValue(leaf) ?? []),
                    MostLeaves = Flags.Last(parsed, mostLeaves) is { } m ? Flags.ParsePositive("--max-leaves", m) : null,
                    StrictDeterminism = parsed.GetValue(lenient) ? false : parsed.GetValue(strict) ? true : null,
                    Gates = Flags.Last(parsed, gates) is { } g ? Gates(g) : [],
                    Preemptions = Flags.Last(parsed, preemptions) is { } p ? Flags.ParseNatural("--preemptions", p) : null,
                    Quiesce = Flags.Last(parsed, quiesce) is { } q ? Quiesce(q) : null,
                    ShowFailuresOnly = Flags.Last(parsed, show) is "fail" or "failures",
                    Json = Flags.Last(parsed, format) == "json",
                    OutputFile = Flags.Last(parsed, output),
                    BundleFile = Flags.Last(parsed, bundle),
                    NoBundle = parsed.GetValue(noBundle),
                    DryRun = parsed.GetValue(dryRun),
                    LogFormat = Flags.Last(parsed, logFormat),
                    Debug = parsed.GetValue(debug),
                });
            }
            catch (UsageException e)
            {
                return UsageErrors.Report(e.Message, command);
            }
        });
        return command;
    }

    private static TimeSpan Quiesce(string given) => Durations.TryParse(given, out var time) && time > TimeSpan.Zero
        ? time
        : throw new UsageException($"--quiesce: bad duration \"{given}\"; write for example 20ms");

    private static string[] Gates(string given) => given == "syscalls"
        ? [.. UsualGates.SelectMany(SyscallFamilies.Expand)]
        : [.. given.Split(',').Select(GatedCall).Distinct()];

    /// <summary>A listed name is that call alone, so that the list of a replay means what it says.</summary>
    private static string GatedCall(string name)
    {
        if (!SyscallTable.Exists(name))
        {
            throw new UsageException($"--gates: unknown call \"{name}\"; write syscalls, or a list such as connect,read");
        }

        return SyscallTable.TryGetNumber(name, out var number) ? SyscallTable.NameOf(number) : name;
    }

    private static LeafSelection Leaves(string[] given) =>
        given.Length == 0 ? LeafSelection.All
        : LeafSelection.TryParse(given, out var selection) ? selection
        : throw new UsageException($"--leaf: \"{given[^1]}\" is neither a number, nor a range such as 2-5, nor a key such as wal~10");

    private static string SpecPath(string? given)
    {
        if (given is not null)
        {
            return given.EndsWith(".star", StringComparison.Ordinal)
                ? given
                : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"\"{given}\" is not a .star file"));
        }

        return File.Exists(DefaultSpec)
            ? DefaultSpec
            : throw new UsageException($"no specification given and ./{DefaultSpec} does not exist: name a .star file");
    }
}
