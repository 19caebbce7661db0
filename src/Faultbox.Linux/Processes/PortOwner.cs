using System.Globalization;

namespace Faultbox.Linux.Processes;

/// <summary>Finds who listens on a TCP port, through <c>/proc/net/tcp</c> and the descriptors of the processes this user may see.</summary>
public static class PortOwner
{
    private const string ListenState = "0A";

    /// <summary>Finds the listening process of a port.</summary>
    public static bool TryFind(int tcpPort, out (int Pid, string Process) owner)
    {
        owner = default;
        var sockets = new HashSet<string>(StringComparer.Ordinal);
        foreach (var table in new[] { "/proc/net/tcp", "/proc/net/tcp6" })
        {
            if (File.Exists(table))
            {
                sockets.UnionWith(File.ReadLines(table).Skip(1).Select(l => ListeningSocket(l, tcpPort)).OfType<string>());
            }
        }

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

    private static string? ListeningSocket(string line, int port)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var local = fields.Length > 9 ? fields[1] : "";
        var colon = local.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && fields[3] == ListenState && Convert.ToInt32(local[(colon + 1)..], 16) == port ? $"socket:[{fields[9]}]" : null;
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
