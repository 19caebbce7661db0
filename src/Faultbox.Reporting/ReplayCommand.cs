using System.Globalization;
using Faultbox.Core.Verdicts;

namespace Faultbox.Reporting;

/// <summary>Command lines that run one row again.</summary>
public static class ReplayCommand
{
    /// <summary>Runs a row from its specification file with the seed it had.</summary>
    public static string For(string specRoot, TestResult test) => ShellQuote.Line(
    [
        "faultbox", "test", specRoot, "--test", ShortName(test.Name), "--seed", test.Seed.ToString(CultureInfo.InvariantCulture),
        .. test.Gates.Count > 0 ? (string[])["--gates", string.Join(',', test.Gates)] : [],
        .. test.Leaf is { } leaf ? (string[])["--leaf", leaf.Key] : [],
    ]);

    /// <summary>Runs a row from a bundle.</summary>
    /// <param name="bundlePath">Path of the bundle.</param>
    /// <param name="testName">Test name.</param>
    /// <param name="leaf">Number of the leaf; null when the test has one only.</param>
    public static string ForBundle(string bundlePath, string testName, ulong? leaf = null) => ShellQuote.Line(
    [
        "faultbox", "replay", bundlePath, "--test", testName,
        .. leaf is { } id ? (string[])["--leaf", id.ToString(CultureInfo.InvariantCulture)] : [],
    ]);

    private static string ShortName(string name) => name.StartsWith("test_", StringComparison.Ordinal) ? name["test_".Length..] : name;
}
