using System.Text.Json;

namespace Faultbox.Containers;

/// <summary>Where the engine listens, found as the <c>docker</c> program finds it.</summary>
public static class EngineAddress
{
    private const string Default = "unix:///var/run/docker.sock";

    /// <summary>
    /// <c>DOCKER_HOST</c>, else the endpoint of the current context, else the system's socket, else the socket of a rootless engine.
    /// </summary>
    /// <returns>A <c>unix://</c> or <c>tcp://</c> address.</returns>
    public static string Find()
    {
        if (Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } host)
        {
            return host;
        }

        if (OfContext() is { } context)
        {
            return context;
        }

        var rootless = Path.Combine(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? "/run", "docker.sock");
        return !File.Exists("/var/run/docker.sock") && File.Exists(rootless) ? $"unix://{rootless}" : Default;
    }

    private static string? OfContext()
    {
        var directory = Environment.GetEnvironmentVariable("DOCKER_CONFIG")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker");
        try
        {
            var name = Environment.GetEnvironmentVariable("DOCKER_CONTEXT")
                ?? Text(Path.Combine(directory, "config.json"), "currentContext");
            if (string.IsNullOrEmpty(name) || name == "default")
            {
                return null;
            }

            var contexts = Path.Combine(directory, "contexts", "meta");
            return Directory.EnumerateFiles(contexts, "meta.json", SearchOption.AllDirectories)
                .Where(f => Text(f, "Name") == name)
                .Select(f => Text(f, "Endpoints", "docker", "Host"))
                .FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // No configuration that can be read is no configuration.
            return null;
        }
    }

    private static string? Text(string file, params ReadOnlySpan<string> path)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        var element = document.RootElement;
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }
}
