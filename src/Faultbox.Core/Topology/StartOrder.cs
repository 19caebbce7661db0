using Faultbox.Core.Diagnostics;
using Faultbox.Core.Matching;

namespace Faultbox.Core.Topology;

/// <summary>
/// The order in which services start: by dependencies, ties by name, the same on every machine. Services of one level do not depend on
/// each other and may start at the same time.
/// </summary>
public sealed class StartOrder
{
    private StartOrder(IReadOnlyList<IReadOnlyList<ServiceDefinition>> levels, IReadOnlyList<Diagnostic> findings)
    {
        Levels = levels;
        Findings = findings;
    }

    /// <summary>Services by level, each level sorted by name; without the services that findings exclude.</summary>
    public IReadOnlyList<IReadOnlyList<ServiceDefinition>> Levels { get; }

    /// <summary>All levels in one list.</summary>
    public IEnumerable<ServiceDefinition> Services => Levels.SelectMany(level => level);

    /// <summary>Unknown dependencies and cycles; a topology with findings must not be started.</summary>
    public IReadOnlyList<Diagnostic> Findings { get; }

    /// <summary>Orders services.</summary>
    public static StartOrder Of(IReadOnlyCollection<ServiceDefinition> services)
    {
        var byName = services.ToDictionary(s => s.Name, StringComparer.Ordinal);
        var findings = services.SelectMany(s => UnknownDependencies(s, byName)).ToList();

        var levels = new List<IReadOnlyList<ServiceDefinition>>();
        var waiting = services.OrderBy(s => s.Name, StringComparer.Ordinal).ToList();
        var started = new HashSet<string>(StringComparer.Ordinal);
        while (waiting.Count > 0)
        {
            var level = waiting.Where(s => s.DependsOn.All(d => started.Contains(d) || !byName.ContainsKey(d))).ToList();
            if (level.Count == 0)
            {
                findings.Add(CycleAmong(waiting));
                break;
            }

            levels.Add(level);
            started.UnionWith(level.Select(s => s.Name));
            waiting.RemoveAll(s => started.Contains(s.Name));
        }

        return new StartOrder(levels, findings);
    }

    private static IEnumerable<Diagnostic> UnknownDependencies(ServiceDefinition service, Dictionary<string, ServiceDefinition> known) =>
        service.DependsOn.Where(name => !known.ContainsKey(name)).Select(name => new Diagnostic(
            "SPEC_LOAD_FAILED",
            $"service(\"{service.Name}\"): depends_on names \"{name}\", which is not declared{NearestName.Suggestion(name, known.Keys)}")
        {
            Service = service.Name,
            Position = service.Position,
        });

    /// <summary>Every waiting service waits for another one of them, so following the first such dependency ends in a cycle.</summary>
    private static Diagnostic CycleAmong(List<ServiceDefinition> waiting)
    {
        var byName = waiting.ToDictionary(s => s.Name, StringComparer.Ordinal);
        var path = new List<string>();
        var name = waiting[0].Name;
        while (!path.Contains(name))
        {
            path.Add(name);
            name = byName[name].DependsOn.Where(byName.ContainsKey).Order(StringComparer.Ordinal).First();
        }

        var cycle = path[path.IndexOf(name)..];
        return new Diagnostic("SPEC_LOAD_FAILED", $"dependency cycle: {string.Join(" → ", cycle)} → {name}; remove one depends_on")
        {
            Service = name,
            Position = byName[name].Position,
        };
    }
}
