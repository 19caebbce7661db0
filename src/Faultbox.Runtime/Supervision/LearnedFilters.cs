using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Faultbox.Runtime.Supervision;

/// <summary>
/// Calls that earlier runs of the same specification turned out to need beyond those that could be told from its text, kept in
/// <c>.faultbox/filters.json</c> beside the root file: an object of services with their calls for each digest of the specification's files.
/// </summary>
internal sealed class LearnedFilters
{
    private const int KeptSpecifications = 32;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly string _file;
    private readonly string _digest;

    private LearnedFilters(string file, string digest) => (_file, _digest) = (file, digest);

    /// <summary>What is kept for a specification; null for one that was not read from files.</summary>
    public static LearnedFilters? Of(SpecModel spec) => spec.Files.Count == 0
        ? null
        : new LearnedFilters(Path.Combine(spec.BaseDirectory, ".faultbox", "filters.json"), DigestOf(spec));

    /// <summary>Calls by service. A file that cannot be read counts as empty: what is missing is learned again.</summary>
    public IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> Read()
    {
        if (ReadAll()[_digest] is JsonObject services)
        {
            foreach (var (service, calls) in services)
            {
                if (calls is JsonArray list)
                {
                    yield return new(service, [.. list.OfType<JsonValue>().Select(v => v.ToString())]);
                }
            }
        }
    }

    /// <summary>Remembers calls of a service. Returns why they could not be remembered, or null.</summary>
    public string? Add(string service, IEnumerable<string> calls)
    {
        var all = ReadAll();
        var services = all[_digest] as JsonObject ?? [];
        var known = (services[service] as JsonArray ?? []).OfType<JsonValue>().Select(v => v.ToString());
        services[service] = new JsonArray([.. known.Union(calls).Order(StringComparer.Ordinal).Select(c => (JsonNode)c)]);

        // The latest comes last, so that the oldest can go first.
        all.Remove(_digest);
        all[_digest] = services;
        while (all.Count > KeptSpecifications)
        {
            all.RemoveAt(0);
        }

        return Write(all);
    }

    private static string DigestOf(SpecModel spec)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in spec.Files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetRelativePath(spec.BaseDirectory, file.AbsolutePath)}\n{file.Content.Length}\n"));
            hash.AppendData(file.Content.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private JsonObject ReadAll()
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(_file)) as JsonObject ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    private string? Write(JsonObject all)
    {
        var temporary = $"{_file}.{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            File.WriteAllText(temporary, all.ToJsonString(Indented) + "\n");
            File.Move(temporary, _file, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
