namespace Faultbox.Linux.Processes;

/// <summary>The paths at which a program may be.</summary>
internal static class ExecutableCandidates
{
    private const string DefaultPath = "/usr/local/bin:/usr/bin:/bin";
    private const int MaximumCount = 60;

    /// <summary>The program itself if it is a path, else one candidate for each directory of <c>PATH</c>; an empty directory is the current one.</summary>
    public static IReadOnlyList<string> Of(string executable, IReadOnlyList<string> environment)
    {
        if (executable.Contains('/', StringComparison.Ordinal))
        {
            return [executable];
        }

        const string Variable = "PATH=";
        var path = environment.FirstOrDefault(e => e.StartsWith(Variable, StringComparison.Ordinal))?[Variable.Length..] ?? DefaultPath;
        return [.. path.Split(':').Take(MaximumCount).Select(directory => directory.Length == 0 ? $"./{executable}" : $"{directory.TrimEnd('/')}/{executable}")];
    }
}
