using System.Diagnostics;
using System.Text.Json;

namespace Faultbox.Cli.Tests;

/// <summary>A temporary directory with a specification, in which the real program is run.</summary>
internal sealed class Workspace : IDisposable
{
    public Workspace() => Directory = System.IO.Directory.CreateTempSubdirectory("faultbox-cli-").FullName;

    public string Directory { get; }

    /// <summary>The program of the same build configuration as this test.</summary>
    public static string Program { get; } = Sibling("Faultbox.Cli", "faultbox");

    /// <summary>A port that nothing uses.</summary>
    public static int NewPort() => FreePort.Next();

    /// <summary>An executable that another project built.</summary>
    public static string Sibling(string project, string name) =>
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, new DirectoryInfo(AppContext.BaseDirectory).Name, name));

    /// <summary>Path of a file in the directory.</summary>
    public string File(string name) => Path.Combine(Directory, name);

    /// <summary>Compiles a C program of the test output into the directory.</summary>
    public string Compile(string source, string compiler = "gcc", params string[] options)
    {
        var program = File(Path.GetFileNameWithoutExtension(source));
        var run = Start(compiler, ["-O1", "-pthread", .. options, "-o", program, Path.Combine(AppContext.BaseDirectory, source)], Directory);
        Assert.True(run.ExitCode == 0, run.Error);
        return program;
    }

    public void Write(string name, string text) => System.IO.File.WriteAllText(File(name), text);

    /// <summary>Runs the program to its end.</summary>
    public Execution Run(params string[] arguments) => Start(Program, arguments, Directory);

    /// <summary>Runs another program to its end.</summary>
    public Execution RunProgram(string program, params string[] arguments) => Start(program, arguments, Directory);

    /// <summary>Runs <c>test</c> on a specification text and reads the JSON document.</summary>
    public Execution Test(string spec, params string[] arguments)
    {
        Write("spec.star", spec);
        return Run(["test", "spec.star", "--no-bundle", "--format", "json", "--seed", "7", .. arguments]);
    }

    /// <summary>Starts the program and leaves it running.</summary>
    public Process Begin(params string[] arguments) => Process.Start(Information(Program, arguments, Directory))!;

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    /// <summary>Processes whose executable lies in the directory.</summary>
    public IReadOnlyList<int> Processes() =>
    [
        .. System.IO.Directory.EnumerateDirectories("/proc")
            .Select(d => (Id: int.TryParse(Path.GetFileName(d), out var id) ? id : 0, Target: d + "/exe"))
            .Where(p => p.Id > 0 && Executable(p.Target)?.StartsWith(Directory, StringComparison.Ordinal) == true)
            .Select(p => p.Id),
    ];

    private static string? Executable(string link)
    {
        try
        {
            return System.IO.File.ResolveLinkTarget(link, false)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Execution Start(string program, string[] arguments, string directory)
    {
        using var process = Process.Start(Information(program, arguments, directory))!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Execution(process.ExitCode, output, error.Result);
    }

    private static ProcessStartInfo Information(string program, string[] arguments, string directory) => new(program, arguments)
    {
        WorkingDirectory = directory,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["NO_COLOR"] = "1" },
    };
}

/// <summary>A finished run of the program.</summary>
internal sealed record Execution(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output as one JSON document.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>The row of a test.</summary>
    public JsonElement Row(string name) => Json.GetProperty("tests").EnumerateArray().Single(t => t.GetProperty("name").GetString() == name);

    /// <summary>The row of the only test.</summary>
    public JsonElement OnlyRow => Json.GetProperty("tests").EnumerateArray().Single();

    /// <summary>Events of one type of the only test.</summary>
    public IReadOnlyList<JsonElement> Events(string type) =>
        [.. OnlyRow.GetProperty("events").EnumerateArray().Where(e => e.GetProperty("type").GetString() == type)];

    /// <summary>Fails with everything the program said unless it exited with the code.</summary>
    public Execution Exited(int code)
    {
        Assert.True(ExitCode == code, $"exit code {ExitCode}, wanted {code}\n{Error}\n{(Output.Length > 4000 ? Output[..4000] : Output)}");
        return this;
    }
}

/// <summary>Field access that reads well in assertions.</summary>
internal static class JsonReading
{
    public static string Text(this JsonElement element, string property) => element.GetProperty(property).GetString()!;

    public static string? Field(this JsonElement @event, string name) =>
        @event.TryGetProperty("fields", out var fields) && fields.TryGetProperty(name, out var value) ? value.GetString() : null;
}
