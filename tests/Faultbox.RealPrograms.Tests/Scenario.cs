using System.Diagnostics;
using System.Text.Json;
using Faultbox.Cli.Tests;

namespace Faultbox.RealPrograms.Tests;

/// <summary>One specification of the folder <c>specs</c> with a directory of its own, from which it loads its surroundings.</summary>
internal sealed class Scenario : IDisposable
{
    private readonly Workspace _space = new();
    private readonly string _spec;

    public Scenario(string spec)
    {
        _spec = spec + ".star";
        File.Copy(Path.Combine(AppContext.BaseDirectory, "specs", _spec), _space.File(_spec));

        // Programs that give up the rights of the superuser reach their data through it.
        File.SetUnixFileMode(_space.Directory, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    /// <summary>A program of the folder <c>Programs</c>.</summary>
    public static string Program(string name) => Path.Combine(AppContext.BaseDirectory, "Programs", name);

    /// <summary>A directory for the data of a service.</summary>
    public string DataDirectory(string name) => Directory.CreateDirectory(At(name)).FullName;

    /// <summary>Path of a file in the directory of the scenario.</summary>
    public string At(string name) => _space.File(name);

    public void Write(string name, string text) => _space.Write(name, text);

    /// <summary>Runs a program to its end; it must succeed.</summary>
    public void Prepare(string program, params string[] arguments)
    {
        var information = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _space.Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(information)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {error.Result}{output}");
    }

    /// <summary>
    /// Runs every test of the specification. All must pass, and every fault in them must have fired.
    /// </summary>
    /// <param name="surroundings">Constants that the specification loads from <c>here.star</c>; JSON is Starlark for what they hold.</param>
    public Execution Run(IReadOnlyDictionary<string, object> surroundings)
    {
        Write("here.star", string.Join("\n", surroundings.Select(s => $"{s.Key} = {JsonSerializer.Serialize(s.Value)}")) + "\n");
        var run = _space.Run("test", _spec, "--no-bundle", "--format", "json", "--seed", "7").Exited(0);
        foreach (var test in run.Json.GetProperty("tests").EnumerateArray())
        {
            Assert.NotEmpty(test.GetProperty("faults").EnumerateArray());
            Assert.All(test.GetProperty("faults").EnumerateArray(), f => Assert.True(f.GetProperty("hits").GetInt32() > 0, $"{test.Text("name")}: {f}"));
        }

        return run;
    }

    public void Dispose() => _space.Dispose();
}
