using Faultbox.Runtime;
using Faultbox.Runtime.Properties;
using Faultbox.Spec.Registry;
using Faultbox.Spec.Values;

namespace Faultbox.Spec.Properties;

/// <summary>Monitors that watch a part of a test, such as a scenario or the window of an assumption.</summary>
internal sealed class MonitorWatches : IDisposable
{
    private readonly List<IDisposable> _watches = [];

    private MonitorWatches()
    {
    }

    /// <summary>Starts monitors in order.</summary>
    public static MonitorWatches Start(TestSession session, IEnumerable<MonitorDefinition> monitors)
    {
        var watches = new MonitorWatches();
        watches._watches.AddRange(monitors.Select(session.Watch));
        return watches;
    }

    /// <summary>The monitors that <c>monitors=</c> lists. While the specification loads they stop being monitors of all of it.</summary>
    public static List<MonitorDefinition> Read(in BuiltinCall call)
    {
        var given = call.Items("monitors");
        var monitors = new List<MonitorDefinition>(given.Count);
        for (var i = 0; i < given.Count; i++)
        {
            if (!given[i].Is<MonitorValue>(out var value))
            {
                throw call.Error($"monitors[{i}] must be a monitor, got {given[i].TypeName}");
            }

            monitors.Add(value.Monitor);
            if (call.Scope.IsLoading)
            {
                call.Scope.Registry.Narrow(value.Monitor);
            }
        }

        return monitors;
    }

    /// <summary>Ends them after they have seen every event up to now.</summary>
    public void Dispose() => _watches.ForEach(w => w.Dispose());
}
