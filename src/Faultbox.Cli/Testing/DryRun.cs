using Faultbox.Core.Topology;
using Faultbox.Runtime;

namespace Faultbox.Cli.Testing;

/// <summary>What <c>--dry-run</c> prints: services in start order and the selected tests.</summary>
internal static class DryRun
{
    public static int Write(TextWriter output, SpecModel spec, IReadOnlyList<string> tests)
    {
        output.WriteLine($"Dry-run: loaded {spec.SpecRoot}");
        Section(output, "Services", [.. StartOrder.Of(spec.Services).Levels.SelectMany(level => level).Select(s => s.Name)]);
        Section(output, "Tests", tests);
        var cells = spec.Tests.Count(t => t.Scenario?.Cell is not null && tests.Contains(t.Name));
        if (cells > 0)
        {
            output.WriteLine($"Fault matrix cells: {cells}");
        }

        return ExitCode.Success;
    }

    private static void Section(TextWriter output, string title, IReadOnlyList<string> names)
    {
        output.WriteLine($"{title}: {names.Count}");
        foreach (var name in names)
        {
            output.WriteLine($"  - {name}");
        }
    }
}
