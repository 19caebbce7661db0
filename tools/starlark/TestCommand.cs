using Starlark.Testing;

namespace Starlark.Tool;

/// <summary>Runs self-checking scripts: one line for each check that fails, then the counts.</summary>
internal sealed class TestCommand(CommandLine command, TextWriter output)
{
    /// <summary>False when a check failed.</summary>
    public bool Run()
    {
        var names = new Predeclared();
        StandardModules.AddTo(names, TimeProvider.System);
        var options = DialectOptions.Strict with { Set = !command.Strict };
        var tester = new ScriptTester
        {
            Options = options,
            AnyError = command.AnyError,
            Print = Console.Error.WriteLine,
            Loader = new FileModules(options, names).Load,
        };
        var (passed, failed) = (0, 0);
        foreach (var path in command.Files.SelectMany(Scripts))
        {
            if (Directory.Exists(path))
            {
                output.WriteLine($"{path}: no .star files in it");
                failed++;
                continue;
            }

            if (!TryRead(path, out var script))
            {
                output.WriteLine($"{path}: {FileModules.Reason(path)}");
                failed++;
                continue;
            }

            var report = tester.Run(path, script);
            foreach (var failure in report.Failures)
            {
                output.WriteLine(failure);
            }

            passed += report.Passed;
            failed += report.Failures.Count;
        }

        output.WriteLine($"{passed} passed, {failed} failed");
        return failed == 0;
    }

    /// <summary>The scripts a path stands for: those in a folder and its folders, ordered by name; the path itself when it is no folder or holds none.</summary>
    private static IEnumerable<string> Scripts(string path)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        string[] found = Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, "*.star", all).Order(StringComparer.Ordinal)] : [];
        return found.Length > 0 ? found : [path];
    }

    private static bool TryRead(string path, out byte[] script)
    {
        script = [];
        try
        {
            script = File.ReadAllBytes(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
