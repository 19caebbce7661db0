using System.Globalization;

namespace Faultbox.Linux.Processes;

/// <summary>Finds who listens on a TCP port, through <c>/proc/net/tcp</c> and the descriptors of the processes this user may see.</summary>
public static class PortOwner
{
    /// <summary>Finds the listening process of a port.</summary>
    public static bool TryFind(int tcpPort, out (int Pid, string Process) owner)
    {
        owner = default;
        var sockets = (WaitingSockets.Find("self", tcpPort) ?? []).Select(s => $"socket:[{s.Inode}]").ToHashSet(StringComparer.Ordinal);
        if (sockets.Count == 0)
        {
            return false;
        }

        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Holds(pid, sockets))
            {
                owner = (pid, ProcessName(pid));
                return true;
            }
        }

        return false;
    }

    private static bool Holds(int pid, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd")
                .Any(fd => new FileInfo(fd).LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process ended, or belongs to somebody else.
            return false;
        }
    }

    private static string ProcessName(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }
}
