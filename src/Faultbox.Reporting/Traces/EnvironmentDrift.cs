using System.Text.Json;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Host;

namespace Faultbox.Reporting.Traces;

/// <summary>Compares the places two runs took place at.</summary>
public static class EnvironmentDrift
{
    /// <summary>What explains a different behavior of the same services, the most telling first.</summary>
    private static readonly string[] Telling = ["kernel", "host_os", "host_arch", "docker_version", "images", "binaries", "toolchains", "go_toolchain"];

    /// <summary>All differences between two environment documents, the most telling first.</summary>
    public static IReadOnlyList<Drift> Between(JsonElement a, JsonElement b)
    {
        var first = Flatten(a);
        var second = Flatten(b);
        return
        [
            .. first.Keys.Union(second.Keys)
                .Select(name => new Drift(name, first.GetValueOrDefault(name), second.GetValueOrDefault(name)))
                .Where(d => d.First != d.Second)
                .OrderBy(d => Rank(d.Name))
                .ThenBy(d => d.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>
    /// Telling differences between the environment of a recorded run and this one; what is unknown on either side is no difference.
    /// </summary>
    /// <param name="recorded">Bundle of the recorded run.</param>
    /// <param name="current">This host.</param>
    public static IReadOnlyList<Drift> Since(BundleInfo recorded, HostEnvironment current)
    {
        using var document = JsonDocument.Parse(EnvironmentJson.ToBytes(current, new Producer("")));
        return
        [
            .. Between(recorded.Environment, document.RootElement)
                .Where(d => Rank(d.Name) < Telling.Length && d.First is not null && d.Second is not null),
        ];
    }

    private static int Rank(string name) => Array.IndexOf(Telling, name.Split(' ')[0]) is var place and >= 0 ? place : Telling.Length;

    /// <summary>Members by name; members of an inner object are named after both. When something was resolved is no difference.</summary>
    private static Dictionary<string, string> Flatten(JsonElement document)
    {
        var flat = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in document.EnumerateObject())
        {
            switch (member.Value.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var inner in member.Value.EnumerateObject())
                    {
                        flat[$"{member.Name} {inner.Name}"] = inner.Value.ToString();
                    }

                    break;
                case JsonValueKind.Array when member.NameEquals("remotes"):
                    foreach (var remote in member.Value.EnumerateArray().Where(r => r.ValueKind == JsonValueKind.Object))
                    {
                        flat[$"remotes {Text(remote, "service")}.{Text(remote, "interface")}"] = $"{Text(remote, "host")} ({Text(remote, "protocol")})";
                    }

                    break;
                case JsonValueKind.Array:
                    flat[member.Name] = string.Join(", ", member.Value.EnumerateArray());
                    break;
                default:
                    flat[member.Name] = member.Value.ToString();
                    break;
            }
        }

        return flat;
    }

    private static string Text(JsonElement owner, string name) => owner.TryGetProperty(name, out var value) ? value.ToString() : "";
}
