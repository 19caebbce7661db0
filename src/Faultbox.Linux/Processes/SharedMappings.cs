namespace Faultbox.Linux.Processes;

/// <summary>Files that a process tree writes through memory instead of calls: its shared writable mappings (proc_pid_maps(5)).</summary>
public static class SharedMappings
{
    private const int PermissionsField = 1;
    private const int PathField = 5;

    /// <summary>Paths of the mapped files, each once; what ends meanwhile is left out.</summary>
    /// <param name="process">First process of the tree.</param>
    public static IReadOnlyCollection<string> Of(int process)
    {
        HashSet<string> paths = new(StringComparer.Ordinal);
        Stack<int> pending = new([process]);
        while (pending.TryPop(out var next))
        {
            try
            {
                paths.UnionWith(File.ReadLines($"/proc/{next}/maps").Select(PathOf).OfType<string>());
                foreach (var thread in Directory.EnumerateDirectories($"/proc/{next}/task"))
                {
                    foreach (var child in File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    {
                        pending.Push(int.Parse(child, System.Globalization.CultureInfo.InvariantCulture));
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended.
            }
        }

        return paths;
    }

    private static string? PathOf(string line)
    {
        var fields = line.Split(' ', PathField + 1, StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > PathField && fields[PermissionsField] is [_, 'w', _, 's'] && fields[PathField] is ['/', ..] ? fields[PathField] : null;
    }
}
