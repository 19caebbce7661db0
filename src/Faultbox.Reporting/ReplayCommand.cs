using Faultbox.Core.Verdicts;

namespace Faultbox.Reporting;

/// <summary>Command lines that run one row again.</summary>
public static class ReplayCommand
{
    /// <summary>Runs a row from its specification file with the seed it had.</summary>
    public static string For(string specRoot, TestResult test) => ShellQuote.Line(
        "faultbox", "test", specRoot, "--test", ShortName(test.Name), "--seed",
        test.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Runs a row from a bundle.</summary>
    public static string ForBundle(string bundlePath, string testName) =>
        ShellQuote.Line("faultbox", "replay", bundlePath, "--test", testName);

    private static string ShortName(string name) => name.StartsWith("test_", StringComparison.Ordinal) ? name["test_".Length..] : name;
}
