using Starlark.Testing;

namespace Starlark.Tests;

/// <summary>The self-checking scripts in <c>testdata</c>: one test for each chunk.</summary>
public sealed class TestData
{
    private static readonly DialectOptions Dialect = DialectOptions.Strict with { Set = true };

    /// <summary>The folder of the scripts.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "testdata");

    public static TheoryData<string, int> Chunks
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var file in Directory.EnumerateFiles(Folder, "*.star").Order(StringComparer.Ordinal))
            {
                foreach (var chunk in ScriptChunk.Split(file, File.ReadAllBytes(file), Dialect).Where(c => !c.IsEmpty))
                {
                    data.Add(Path.GetFileName(file), chunk.FirstLine);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Chunks))]
    public void Every_check_holds(string file, int firstLine)
    {
        var tester = new ScriptTester { Options = Dialect, Loader = Load };
        var script = File.ReadAllBytes(Path.Combine(Folder, file));

        var report = tester.RunChunk(ScriptChunk.Split(file, script, Dialect).Single(c => c.FirstLine == firstLine));

        Assert.Empty(report.Failures.Select(f => f.ToString()));
        Assert.True(report.Passed > 0);
    }

    private static Module Load(StarlarkThread thread, string module, SourcePosition at)
    {
        var path = Path.Combine(Folder, module);
        return File.Exists(path)
            ? CompiledModule.Compile(new SourceFile(module, File.ReadAllBytes(path)), Dialect, new Predeclared()).Execute(thread, Load)
            : throw new EvalException($"cannot load {module}: no such file");
    }
}
