using Faultbox.Linux.Native;

namespace Faultbox.Linux.Processes;

/// <summary>A leaf of the unified control group hierarchy (cgroup v2) for one service, so that nothing it starts can leave its tree.</summary>
internal static class ControlGroup
{
    private const int WriteAndSearch = 2 | 1;
    private static readonly TimeSpan FreezeLimit = TimeSpan.FromMilliseconds(200);
    private static readonly Version KillsGroups = new(5, 14);

    private static int _count;
    private static int _swept;

    /// <summary>
    /// Names a new leaf below this process's own group; null where the hierarchy is absent, not writable, or cannot kill a group (kernels
    /// before 5.14). The launcher makes it, because only the launcher outlives a sudden death of this process and can remove it.
    /// </summary>
    public static string? NextLeaf()
    {
        try
        {
            if (OwnDirectory() is not { } own || Environment.OSVersion.Version < KillsGroups || Libc.Access(own, WriteAndSearch) != 0)
            {
                return null;
            }

            if (Interlocked.Exchange(ref _swept, 1) == 0)
            {
                Sweep(own);
            }

            return Path.Combine(own, $"faultbox-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Unknown to the kernel: the namespace or the process group has to do.
            return null;
        }
    }

    /// <summary>
    /// Freezes or thaws every process of a leaf and waits until the kernel says so, at most for a moment: a thread that waits for the
    /// answer to an intercepted call counts as frozen only after it. False when the group cannot be frozen.
    /// </summary>
    public static bool TryFreeze(string leaf, bool frozen)
    {
        try
        {
            if (frozen && File.ReadAllText(Path.Combine(leaf, "cgroup.procs")).Length == 0)
            {
                // The service could not join its group.
                return false;
            }

            File.WriteAllText(Path.Combine(leaf, "cgroup.freeze"), frozen ? "1" : "0");
            var wanted = frozen ? "frozen 1" : "frozen 0";
            SpinWait.SpinUntil(() => File.ReadLines(Path.Combine(leaf, "cgroup.events")).Contains(wanted), FreezeLimit);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Removes a leaf that its launcher could not remove.</summary>
    public static void Remove(string leaf)
    {
        try
        {
            Directory.Delete(leaf);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Already removed, or still occupied by a process that is about to end; an empty group costs nothing.
        }
    }

    /// <summary>Removes the empty leaves of launchers that were killed themselves.</summary>
    private static void Sweep(string own)
    {
        foreach (var leaf in Directory.EnumerateDirectories(own, "faultbox-*-*").ToList())
        {
            if (int.TryParse(Path.GetFileName(leaf).Split('-')[1], out var owner) && !Directory.Exists($"/proc/{owner}"))
            {
                Remove(leaf);
            }
        }
    }

    /// <summary>This process's own directory in the hierarchy: its mount point and the path the kernel names for this process.</summary>
    private static string? OwnDirectory()
    {
        var path = File.ReadLines("/proc/self/cgroup").FirstOrDefault(l => l.StartsWith("0::", StringComparison.Ordinal))?[3..];
        var mount = File.ReadLines("/proc/self/mountinfo").Select(l => l.Split(' ')).FirstOrDefault(IsUnifiedHierarchy);
        if (path is null || mount is null || path.Contains("..", StringComparison.Ordinal))
        {
            return null;
        }

        var (root, point) = (mount[3], mount[4]);
        if (root == "/")
        {
            return point + path.TrimEnd('/');
        }

        return path.StartsWith(root, StringComparison.Ordinal) ? point + path[root.Length..].TrimEnd('/') : null;
    }

    private static bool IsUnifiedHierarchy(string[] fields)
    {
        var separator = Array.IndexOf(fields, "-");
        return separator > 0 && separator + 1 < fields.Length && fields[separator + 1] == "cgroup2";
    }
}
