using System.Globalization;

namespace Faultbox.Runtime.Containers;

/// <summary>The process on whose behalf an engine keeps a container or network, written into labels.</summary>
internal static class RunOwner
{
    private const string Run = "io.faultbox.run";
    private const string Service = "io.faultbox.service";
    private const string Pid = "io.faultbox.pid";
    private const string StartTime = "io.faultbox.starttime";
    private const string Boot = "io.faultbox.boot";

    private static readonly string BootId = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>Labels of what this process creates.</summary>
    public static Dictionary<string, string> Labels(string runId, string? service = null)
    {
        var labels = new Dictionary<string, string>
        {
            [Run] = runId,
            [Pid] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            [StartTime] = StartTimeOf("self") ?? "",
            [Boot] = BootId,
        };
        if (service is not null)
        {
            labels[Service] = service;
        }

        return labels;
    }

    /// <summary>True for labels that Faultbox wrote.</summary>
    public static bool IsLabelled(IReadOnlyDictionary<string, string>? labels) => labels?.ContainsKey(Run) == true;

    /// <summary>True when the process that wrote the labels still runs.</summary>
    public static bool IsAlive(IReadOnlyDictionary<string, string>? labels) =>
        labels is not null
        && labels.GetValueOrDefault(Boot) == BootId
        && labels.TryGetValue(Pid, out var pid)
        && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        && StartTimeOf(pid) is { } start
        && start == labels.GetValueOrDefault(StartTime);

    /// <summary>When a process started, in clock ticks since the boot; null when there is none. A recycled number has another time.</summary>
    private static string? StartTimeOf(string process)
    {
        const int FieldAfterName = 19;
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[FieldAfterName];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
