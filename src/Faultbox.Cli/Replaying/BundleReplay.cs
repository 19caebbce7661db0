using System.Text.Json;
using Faultbox.Cli.Testing;
using Faultbox.Core.Leaves;
using Faultbox.Reporting;
using Faultbox.Reporting.Bundle;

namespace Faultbox.Cli.Replaying;

/// <summary>A <c>replay</c> command line, checked.</summary>
/// <param name="Bundle">Path of the bundle.</param>
/// <param name="Test">Only this test, or null for those of the bundle.</param>
/// <param name="ExtractOnly">Directory for the specification, or null to run it.</param>
/// <param name="NewBundle">Path of a bundle of the replay, or null for none.</param>
internal sealed record ReplayArguments(string Bundle, string? Test, string? ExtractOnly, string? NewBundle)
{
    /// <summary>Only this leaf, or null.</summary>
    public ulong? Leaf { get; init; }
}

/// <summary>Runs what a bundle recorded once more.</summary>
internal static class BundleReplay
{
    private const string SpecPrefix = "spec/";
    private const int Refused = 2;

    public static int Run(ReplayArguments arguments)
    {
        try
        {
            var bundle = BundleReader.Open(arguments.Bundle);
            if (bundle.Info.SpecRoot.Length == 0)
            {
                throw new BundleException($"{arguments.Bundle}: the manifest does not name the specification");
            }

            return arguments.ExtractOnly is { } directory ? ExtractOnly(bundle, directory) : Replay(bundle, arguments);
        }
        catch (BundleException e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return ExitCode.Error;
        }
    }

    private static int ExtractOnly(BundleReader bundle, string directory)
    {
        var count = bundle.Extract(directory, SpecPrefix);
        Console.Error.WriteLine($"extracted {count} files to {directory}");
        string[] tests = bundle.Info.Filter is { } filter ? ["--test", filter] : [];
        var command = ShellQuote.Line(["faultbox", "test", SpecIn(bundle, directory), .. tests, "--seed", $"{bundle.Info.Seed ?? 0}"]);
        Console.Error.WriteLine($"run them: {command}");
        return ExitCode.Success;
    }

    private static int Replay(BundleReader bundle, ReplayArguments arguments)
    {
        var version = new ProducerVersion(bundle.Info.ProducerVersion, Product.Version);
        if (version.ReplayMessage is { } message)
        {
            Console.Error.WriteLine(message);
        }

        if (version.RefusesReplay)
        {
            return Refused;
        }

        var newBundle = arguments.NewBundle is { } path ? Path.GetFullPath(path) : null;
        var directory = Directory.CreateTempSubdirectory("faultbox-replay-").FullName;
        try
        {
            var count = bundle.Extract(directory, SpecPrefix);
            var tests = arguments.Test ?? bundle.Info.Filter;
            var which = tests is null ? "" : $", tests \"{tests}\",";
            Console.Error.WriteLine($"extracted {count} files; running {bundle.Info.SpecRoot}{which} with seed {bundle.Info.Seed}");
            WarnOfRemotes(bundle);

            // Programs that the specification names by a relative path are looked for where it lay when it was recorded.
            if (bundle.Info.Manifest.TryGetProperty("spec_dir", out var recorded) && Directory.Exists(recorded.GetString()))
            {
                Environment.CurrentDirectory = recorded.GetString()!;
            }

            var (leaves, gates) = Leaves(bundle, arguments);
            return TestRun.Execute(new TestArguments
            {
                Spec = SpecIn(bundle, directory),
                Pattern = tests,
                Seed = bundle.Info.Seed,
                Leaves = leaves,
                Gates = gates,
                NoBundle = newBundle is null,
                BundleFile = newBundle,
            });
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>What the run depended on besides what the bundle holds.</summary>
    private static void WarnOfRemotes(BundleReader bundle)
    {
        if (bundle.Info.Remotes is { Count: > 0 } remotes)
        {
            Console.Error.WriteLine("warning: the recorded run used remote endpoints; the replay dials them again, and they may answer differently:");
            foreach (var remote in remotes)
            {
                Console.Error.WriteLine($"- {remote.Service}.{remote.Interface} -> {remote.Host} ({remote.Protocol})");
            }
        }
    }

    /// <summary>The recorded leaf by its key, which survives changes that its number does not, and the calls that were gated in it.</summary>
    private static (LeafSelection Leaves, string[] Gates) Leaves(BundleReader bundle, ReplayArguments arguments)
    {
        if (arguments.Leaf is not { } id)
        {
            return (LeafSelection.All, []);
        }

        foreach (var row in bundle.Info.Manifest.GetProperty("tests").EnumerateArray())
        {
            if ((arguments.Test is null || IsNamed(row, arguments.Test))
                && row.TryGetProperty("leaf_id", out var recorded) && recorded.GetUInt64() == id
                && row.TryGetProperty("leaf_key", out var key) && LeafPins.TryParse(key.GetString()!, out var pins))
            {
                return (new LeafSelection([], pins), row.TryGetProperty("leaf_gates", out var gates) ? [.. gates.EnumerateArray().Select(g => g.GetString()!)] : []);
            }
        }

        throw new BundleException($"{arguments.Bundle}: no row has leaf {id}");
    }

    private static bool IsNamed(JsonElement row, string test) => row.GetProperty("name").GetString() is { } name && (name == test || name == $"test_{test}");

    private static string SpecIn(BundleReader bundle, string directory) =>
        Path.Combine(directory, Path.GetFileName(bundle.Info.SpecRoot));
}
