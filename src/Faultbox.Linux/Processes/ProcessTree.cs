using System.Globalization;
using Faultbox.Linux.Native;

namespace Faultbox.Linux.Processes;

/// <summary>The descendants of a process, found through <c>/proc</c>: for hosts that grant neither namespaces nor control groups.</summary>
internal static class ProcessTree
{
    private const int MaximumPasses = 100;
    private const int ContinueSignal = 18;
    private const int StopSignal = 19;

    /// <summary>
    /// Kills every descendant of a process. Orphans must not leave its tree (it is a child subreaper); passes are repeated
    /// until nothing is left, as a process may fork while the tree is read.
    /// </summary>
    public static void KillDescendants(int ancestor)
    {
        for (var pass = 0; pass < MaximumPasses; pass++)
        {
            var parents = ReadParents();
            var descendants = parents.Keys.Where(pid => IsDescendant(pid, ancestor, parents)).ToList();
            if (descendants.Count == 0)
            {
                return;
            }

            foreach (var pid in descendants)
            {
                Signal(pid, parents[pid], Kernel.SignalKill);
            }

            Thread.Yield();
        }
    }

    /// <summary>
    /// Stops every descendant of a process, repeating until no pass finds one that was not stopped before: a process may fork while
    /// the tree is read.
    /// </summary>
    public static void StopDescendants(int ancestor)
    {
        HashSet<int> stopped = [];
        for (var pass = 0; pass < MaximumPasses; pass++)
        {
            var parents = ReadParents();
            var running = parents.Keys.Where(pid => !stopped.Contains(pid) && IsDescendant(pid, ancestor, parents)).ToList();
            if (running.Count == 0)
            {
                return;
            }

            foreach (var pid in running)
            {
                Signal(pid, parents[pid], StopSignal);
                stopped.Add(pid);
            }
        }
    }

    /// <summary>Continues every stopped descendant of a process.</summary>
    public static void ContinueDescendants(int ancestor)
    {
        var parents = ReadParents();
        foreach (var pid in parents.Keys.Where(pid => IsDescendant(pid, ancestor, parents)))
        {
            Signal(pid, parents[pid], ContinueSignal);
        }
    }

    private static void Signal(int pid, int parent, int signal)
    {
        using var process = PidDescriptors.Open(pid);

        // Opened first and looked at again: a number that was recycled meanwhile has another parent.
        if (!process.IsInvalid && ReadParent(pid) == parent)
        {
            PidDescriptors.Signal(process, signal);
        }
    }

    private static bool IsDescendant(int pid, int ancestor, Dictionary<int, int> parents)
    {
        while (parents.TryGetValue(pid, out var parent))
        {
            if (parent == ancestor)
            {
                return true;
            }

            pid = parent;
        }

        return false;
    }

    private static Dictionary<int, int> ReadParents()
    {
        var parents = new Dictionary<int, int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && ReadParent(pid) is { } parent)
            {
                parents[pid] = parent;
            }
        }

        return parents;
    }

    /// <summary>The parent of a process; null when it has ended.</summary>
    private static int? ReadParent(int pid)
    {
        try
        {
            // The name in parentheses may contain anything, so the fields are counted from its end: state, then parent.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ', 3);
            return fields[0] is "Z" or "X" ? null : int.Parse(fields[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
