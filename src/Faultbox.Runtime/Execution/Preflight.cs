using System.Globalization;
using Faultbox.Core.Diagnostics;

namespace Faultbox.Runtime.Execution;

/// <summary>Looks for the shortages that make runs hang or fail in ways that explain nothing.</summary>
public static class Preflight
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>Bytes of available memory below which a run is warned.</summary>
    public const long LeastMemory = 512 * Mebibyte;

    /// <summary>Bytes of free disk space below which a run is warned.</summary>
    public const long LeastDisk = 1024 * Mebibyte;

    /// <summary>Findings about memory, and about the file systems of the given directories.</summary>
    public static IReadOnlyList<Diagnostic> Check(params ReadOnlySpan<string> directories)
    {
        List<Diagnostic> found = [];
        if (AvailableMemory() is { } memory && memory < LeastMemory)
        {
            found.Add(new Diagnostic(
                "LOW_MEMORY", $"{memory / Mebibyte} MiB of memory are available, less than {LeastMemory / Mebibyte} MiB"));
        }

        foreach (var directory in directories)
        {
            var free = FreeSpace(directory);
            if (free < LeastDisk)
            {
                found.Add(new Diagnostic("LOW_DISK", $"{free / Mebibyte} MiB are free where {directory} lies, less than {LeastDisk / Mebibyte} MiB"));
            }
        }

        return found;
    }

    /// <summary>Free bytes of the file system on which a directory lies, or would lie.</summary>
    public static long FreeSpace(string directory) => new DriveInfo(NearestExisting(directory)).AvailableFreeSpace;

    /// <summary>Bytes of memory that can be had without swapping: of the host or of the control group, whichever is less; null when unknown.</summary>
    public static long? AvailableMemory()
    {
        var host = File.ReadLines("/proc/meminfo")
            .Where(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal))
            .Select(l => ParseNumber(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024)
            .FirstOrDefault();
        return host is null || GroupMemory() is not { } group ? host : Math.Min(host.Value, group);
    }

    private static string NearestExisting(string directory)
    {
        var path = Path.GetFullPath(directory);
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } parent)
        {
            path = parent;
        }

        return path;
    }

    private static long? GroupMemory()
    {
        const string UnifiedPrefix = "0::";
        var line = File.ReadLines("/proc/self/cgroup").FirstOrDefault(l => l.StartsWith(UnifiedPrefix, StringComparison.Ordinal));
        long? least = null;
        for (var group = line?[UnifiedPrefix.Length..]; group is not null; group = Path.GetDirectoryName(group))
        {
            var directory = "/sys/fs/cgroup" + group;
            if (ReadNumber(directory, "memory.max") is { } limit && ReadNumber(directory, "memory.current") is { } used)
            {
                least = Math.Min(least ?? long.MaxValue, Math.Max(0, limit - used));
            }
        }

        return least;
    }

    private static long? ReadNumber(string directory, string file)
    {
        var path = Path.Combine(directory, file);
        return File.Exists(path) ? ParseNumber(File.ReadAllText(path)) : null;
    }

    private static long? ParseNumber(string text) =>
        long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
