using System.Text;
using Faultbox.Reporting.Bundle;

namespace Faultbox.Reporting.Traces;

/// <summary>The lines of one service in one row of a normalized trace.</summary>
/// <param name="Test">Heading of the row.</param>
/// <param name="Service">Service; empty for lines above the first service.</param>
/// <param name="FirstLine">Number of the first line in the file, from 1.</param>
/// <param name="Lines">The lines.</param>
public sealed record TraceSection(string Test, string Service, int FirstLine, IReadOnlyList<string> Lines);

/// <summary>A normalized trace in memory, cut into sections.</summary>
public sealed class NormalizedFile
{
    private NormalizedFile(string[] lines)
    {
        Lines = lines.Length;
        Sections = [.. Cut(lines)];
    }

    /// <summary>Number of lines, trailing blank ones not counted.</summary>
    public int Lines { get; }

    /// <summary>Sections in order.</summary>
    public IReadOnlyList<TraceSection> Sections { get; }

    /// <summary>Splits text.</summary>
    public static NormalizedFile Parse(string text)
    {
        var trimmed = text.ReplaceLineEndings("\n").TrimEnd('\n', ' ', '\t');
        return new NormalizedFile(trimmed.Length == 0 ? [] : trimmed.Split('\n'));
    }

    /// <summary>Normalizes the trace of a bundle.</summary>
    /// <exception cref="BundleException">The bundle cannot be read.</exception>
    public static NormalizedFile Of(BundleReader bundle)
    {
        using var text = new StringWriter(new StringBuilder());
        TraceReader.Read(bundle, new NormalizedTrace(text));
        return Parse(text.ToString());
    }

    private static IEnumerable<TraceSection> Cut(string[] lines)
    {
        var (test, service, start) = ("", "", 0);
        for (var i = 0; i <= lines.Length; i++)
        {
            var isTest = i < lines.Length && lines[i].StartsWith("=== ", StringComparison.Ordinal);
            var isService = i < lines.Length && lines[i].StartsWith("--- ", StringComparison.Ordinal);
            if (i < lines.Length && !isTest && !isService)
            {
                continue;
            }

            if (test.Length > 0 || service.Length > 0 || i > start)
            {
                yield return new TraceSection(test, service, start + 1, lines[start..i]);
            }

            if (i < lines.Length)
            {
                (test, service) = isTest ? (Heading(lines[i], "==="), "") : (test, Heading(lines[i], "---"));
                start = i + 1;
            }
        }
    }

    /// <summary>The text of a heading, with a suffix such as <c>[run 2]</c> when there is one.</summary>
    private static string Heading(string line, string mark) => line.Replace(mark, "", StringComparison.Ordinal).Replace("  ", " ", StringComparison.Ordinal).Trim();
}
