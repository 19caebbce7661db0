using System.Text;
using Faultbox.Core.Diagnostics;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Loading;

/// <summary>Finds the tests of a specification: functions of the root module, then <c>scenario()</c>, then scenarios under faults, then <c>test()</c>.</summary>
internal static class TestDiscovery
{
    private const string Prefix = "test_";

    /// <summary>Tests in execution order, ascending by the bytes of their names. Of several with one name the first source wins.</summary>
    /// <param name="root">The root module.</param>
    /// <param name="rootFile">Its name in positions.</param>
    /// <param name="registry">Declared tests; gets the findings.</param>
    public static IReadOnlyList<DeclaredTest> Find(Module root, string rootFile, SpecRegistry registry)
    {
        var tests = new Dictionary<string, DeclaredTest>(StringComparer.Ordinal);
        var functions = root.Globals
            .Where(g => g.Name.StartsWith(Prefix, StringComparison.Ordinal) && g.Value.Is<StarlarkCallable>(out _))
            .Select(g => Function(g.Name, g.Value, rootFile));
        foreach (var test in functions.Concat(registry.Tests.OrderBy(t => t.Source)))
        {
            if (!tests.TryAdd(test.Name, test))
            {
                registry.Diagnostics.Add(new Diagnostic(
                    "DUPLICATE_TEST_NAME",
                    $"{test.Name} is declared at {tests[test.Name].Position} and at {test.Position}; the second one is not run")
                {
                    Position = test.Position,
                });
            }
        }

        if (tests.Count == 0)
        {
            registry.Diagnostics.Add(new Diagnostic("NO_TESTS_DISCOVERED", $"{rootFile} declares no tests"));
        }

        return [.. tests.Values.OrderBy(t => Encoding.UTF8.GetBytes(t.Name), ByteOrder.Instance)];
    }

    private static DeclaredTest Function(string name, Value value, string rootFile)
    {
        value.Is<StarlarkCallable>(out var callable);
        var position = callable!.Position?.ToCore() ?? new Core.SourcePosition(rootFile, 1, 1);
        return new DeclaredTest(name, TestSource.Function, position, callable);
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static readonly ByteOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
