using System.Globalization;
using System.Text.Json;
using Faultbox.Reporting.Json;

namespace Faultbox.Reporting.Traces;

/// <summary>Differences that lie close together, with the lines around them.</summary>
/// <param name="Line">Line number in the first trace, from 1; for an insertion the line it stands before.</param>
/// <param name="Lines">Lines in order.</param>
public sealed record TraceHunk(int Line, IReadOnlyList<ComparedLine> Lines);

/// <summary>The differences of one service in one row.</summary>
/// <param name="Test">Row.</param>
/// <param name="Service">Service; empty for the row itself.</param>
/// <param name="OnlyIn">Side that alone has the section; <see cref="LineOrigin.Both"/> when both have it.</param>
/// <param name="Hunks">Differences.</param>
public sealed record SectionDifference(string Test, string Service, LineOrigin OnlyIn, IReadOnlyList<TraceHunk> Hunks);

/// <summary>Compares two normalized traces section by section, so that an inserted call is one line and no cascade.</summary>
public sealed class TraceDifference
{
    private TraceDifference(NormalizedFile a, NormalizedFile b, IReadOnlyList<SectionDifference> sections)
    {
        FirstLines = a.Lines;
        SecondLines = b.Lines;
        Sections = sections;
    }

    /// <summary>True when nothing differs.</summary>
    public bool Identical => Sections.Count == 0;

    /// <summary>Lines of the first trace.</summary>
    public int FirstLines { get; }

    /// <summary>Lines of the second trace.</summary>
    public int SecondLines { get; }

    /// <summary>Sections that differ, in the order of the first trace; those that only the second has follow.</summary>
    public IReadOnlyList<SectionDifference> Sections { get; }

    /// <summary>Compares.</summary>
    /// <param name="a">First trace.</param>
    /// <param name="b">Second trace.</param>
    /// <param name="context">Lines shown around a difference, at least 1.</param>
    public static TraceDifference Between(NormalizedFile a, NormalizedFile b, int context = 1)
    {
        context = Math.Max(1, context);
        var sections = new List<SectionDifference>();
        var left = Numbered(b).ToDictionary(s => s.Key, s => s.Section);
        foreach (var (key, section) in Numbered(a))
        {
            if (!left.Remove(key, out var other))
            {
                sections.Add(OneSided(section, LineOrigin.First));
            }
            else if (Compare(section, other, context) is { } difference)
            {
                sections.Add(difference);
            }
        }

        sections.AddRange(Numbered(b).Where(s => left.ContainsKey(s.Key)).Select(s => OneSided(s.Section, LineOrigin.Second)));
        return new TraceDifference(a, b, sections);
    }

    /// <summary>Lines for people, without color.</summary>
    public IEnumerable<string> ToLines()
    {
        if (Identical)
        {
            yield return "traces are identical";
            yield break;
        }

        yield return string.Create(CultureInfo.InvariantCulture, $"traces differ ({FirstLines} vs {SecondLines} lines):");
        foreach (var section in Sections)
        {
            var place = section.Service.Length == 0 ? section.Test : $"{section.Test}, {section.Service}";
            yield return section.OnlyIn switch
            {
                LineOrigin.First => $"{place}: only in the first",
                LineOrigin.Second => $"{place}: only in the second",
                _ => $"{place}:",
            };
            foreach (var hunk in section.Hunks)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"line {hunk.Line}:");
                foreach (var line in hunk.Lines)
                {
                    yield return Mark(line.Origin) + line.Text;
                }
            }
        }
    }

    /// <summary>Writes the members of the comparison into an open JSON object.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteBoolean("identical", Identical);
        json.WriteNumber("a_lines", FirstLines);
        json.WriteNumber("b_lines", SecondLines);
        json.WriteStartArray("sections");
        foreach (var section in Sections)
        {
            json.WriteStartObject();
            json.WriteString("test", section.Test);
            json.WriteString("service", section.Service);
            if (section.OnlyIn != LineOrigin.Both)
            {
                json.WriteString("only_in", section.OnlyIn == LineOrigin.First ? "a" : "b");
            }

            json.WriteStartArray("hunks");
            foreach (var hunk in section.Hunks)
            {
                json.WriteStartObject();
                json.WriteNumber("line", hunk.Line);
                json.WriteStrings("lines", hunk.Lines.Select(l => Mark(l.Origin) + l.Text));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the comparison as a JSON document.</summary>
    public void WriteJson(Stream stream) => JsonFormat.WriteDocument(stream, json =>
    {
        json.WriteStartObject();
        Write(json);
        json.WriteEndObject();
    });

    private static string Mark(LineOrigin origin) => origin switch
    {
        LineOrigin.First => "- ",
        LineOrigin.Second => "+ ",
        _ => "  ",
    };

    /// <summary>Sections with a key that tells repeated headings apart.</summary>
    private static IEnumerable<((string Test, string Service, int Number) Key, TraceSection Section)> Numbered(NormalizedFile file)
    {
        var seen = new Dictionary<(string, string), int>();
        foreach (var section in file.Sections)
        {
            var number = seen.GetValueOrDefault((section.Test, section.Service));
            seen[(section.Test, section.Service)] = number + 1;
            yield return ((section.Test, section.Service, number), section);
        }
    }

    private static SectionDifference OneSided(TraceSection section, LineOrigin side) => new(
        section.Test,
        section.Service,
        side,
        section.Lines.Count == 0 ? [] : [new TraceHunk(section.FirstLine, [.. section.Lines.Select(l => new ComparedLine(side, l))])]);

    private static SectionDifference? Compare(TraceSection a, TraceSection b, int context)
    {
        if (a.Lines.SequenceEqual(b.Lines))
        {
            return null;
        }

        var lines = LineDifference.Of([.. a.Lines], [.. b.Lines]);
        return new SectionDifference(a.Test, a.Service, LineOrigin.Both, [.. Hunks(lines, a.FirstLine, context)]);
    }

    private static IEnumerable<TraceHunk> Hunks(List<ComparedLine> lines, int firstLine, int context)
    {
        int[] changed = [.. Enumerable.Range(0, lines.Count).Where(i => lines[i].Origin != LineOrigin.Both)];
        for (var i = 0; i < changed.Length;)
        {
            var last = i;
            while (last + 1 < changed.Length && changed[last + 1] - changed[last] <= (2 * context) + 1)
            {
                last++;
            }

            var start = Math.Max(0, changed[i] - context);
            var end = Math.Min(lines.Count, changed[last] + context + 1);
            var line = firstLine + lines.Take(changed[i]).Count(l => l.Origin != LineOrigin.Second);
            yield return new TraceHunk(line, lines[start..end]);
            i = last + 1;
        }
    }
}
