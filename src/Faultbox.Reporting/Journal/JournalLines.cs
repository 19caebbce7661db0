using System.Text.Json;

namespace Faultbox.Reporting.Journal;

/// <summary>Reads files of one JSON object per line; the line that a killed writer left unfinished is passed over.</summary>
internal static class JournalLines
{
    public static IEnumerable<JsonElement> Read(string path)
    {
        if (!File.Exists(path))
        {
            yield break;
        }

        foreach (var line in File.ReadLines(path))
        {
            if (Parse(line) is { } element)
            {
                yield return element;
            }
        }
    }

    private static JsonElement? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
