using System.Reflection;

namespace Faultbox.Bench.Proxies;

/// <summary>
/// The asynchronous methods that have begun and not ended. The runtime keeps them for debuggers when it is told that one watches; it has no
/// public way to be told, or to be asked.
/// </summary>
internal static class LiveTasks
{
    private static readonly FieldInfo? s_watched = Field("s_asyncDebuggingEnabled");
    private static readonly FieldInfo? s_active = Field("s_currentActiveTasks");

    /// <summary>How many there are.</summary>
    public static int Count => Active().Count;

    /// <summary>Tells the runtime to keep them from now on.</summary>
    /// <exception cref="InvalidOperationException">This version of the runtime does not keep them.</exception>
    public static void Watch()
    {
        if (s_watched is null || s_active is null)
        {
            throw new InvalidOperationException("this runtime does not tell which tasks are live");
        }

        s_watched.SetValue(null, true);
    }

    /// <summary>What they are and how many of each, a line each, most first.</summary>
    public static string Names() => string.Join('\n', Active()
        .GroupBy(t => t.GetType().ToString())
        .OrderByDescending(g => g.Count())
        .Select(g => FormattableString.Invariant($"{g.Count(),8} {g.Key}")));

    private static List<Task> Active()
    {
        if (s_active?.GetValue(null) is not Dictionary<int, Task> active)
        {
            return [];
        }

        // The runtime guards it by its own lock.
        lock (active)
        {
            return [.. active.Values];
        }
    }

    private static FieldInfo? Field(string name) => typeof(Task).GetField(name, BindingFlags.Static | BindingFlags.NonPublic);
}
