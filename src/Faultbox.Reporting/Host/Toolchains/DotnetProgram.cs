using System.Text.Json;

namespace Faultbox.Reporting.Host.Toolchains;

/// <summary>
/// The .NET release a program is made for: in the runtime configuration beside its assembly, for the assembly itself as for the host program
/// of the same name, or else in the list of its dependencies.
/// </summary>
internal static class DotnetProgram
{
    public static string? Version(string path)
    {
        var stem = path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? path[..^4] : path;
        if (!File.Exists($"{stem}.dll"))
        {
            return null;
        }

        var version = FromConfiguration($"{stem}.runtimeconfig.json") ?? FromDependencies($"{stem}.deps.json");
        return version is null ? null : $"dotnet {version}";
    }

    private static string? FromConfiguration(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        using var document = Read(file);
        if (!document.RootElement.TryGetProperty("runtimeOptions", out var options))
        {
            return null;
        }

        if (options.TryGetProperty("framework", out var framework))
        {
            return framework.GetProperty("version").GetString();
        }

        foreach (var list in (ReadOnlySpan<string>)["includedFrameworks", "frameworks"])
        {
            if (options.TryGetProperty(list, out var frameworks))
            {
                return frameworks.EnumerateArray().Select(f => f.GetProperty("version").GetString()).FirstOrDefault();
            }
        }

        return null;
    }

    /// <summary>The target such as <c>.NETCoreApp,Version=v10.0/linux-x64</c>.</summary>
    private static string? FromDependencies(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        using var document = Read(file);
        const string Mark = "Version=v";
        var target = document.RootElement.TryGetProperty("runtimeTarget", out var found) ? found.GetProperty("name").GetString() : null;
        var start = target?.IndexOf(Mark, StringComparison.Ordinal) ?? -1;
        return start < 0 ? null : target![(start + Mark.Length)..].Split('/')[0];
    }

    private static JsonDocument Read(string file) =>
        JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
}
