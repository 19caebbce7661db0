namespace Faultbox.Reporting.Host;

/// <summary>The version of a Docker client, if one is installed.</summary>
internal static class DockerClient
{
    /// <summary>The number in <c>Docker version 20.10.24+dfsg1, build 297e128</c>.</summary>
    internal static string? ParseVersion(string text)
    {
        const string Prefix = "Docker version ";
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var rest = text[Prefix.Length..];
        var end = rest.AsSpan().IndexOfAny(", \n");
        return end < 0 ? rest : rest[..end];
    }

    public static string? Version(CancellationToken cancel) =>
        ProgramOutput.FirstLine("docker", ["--version"], cancel) is { } line ? ParseVersion(line) : null;
}
