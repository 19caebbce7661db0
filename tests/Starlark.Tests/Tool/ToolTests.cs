using System.Diagnostics;

namespace Starlark.Tests.Tool;

/// <summary>The program <c>starlark-cli</c> as a process.</summary>
public sealed class ToolTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("starlark-tool-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_folder_of_checks_that_hold_succeeds()
    {
        Write("a.star", "load(\"assert.star\", \"assert\")\nassert.eq(1 + 1, 2)\nassert.fails(lambda: [][0], \"out of range\")\n");
        Write("inner/b.star", "load(\"assert.star\", \"assert\")\nassert.true(True)\n");

        var (code, output) = await Run("test", _folder.FullName);

        Assert.Equal("3 passed, 0 failed", output.Trim());
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task A_check_that_fails_is_named_and_fails_the_run()
    {
        Write("a.star", "load(\"assert.star\", \"assert\")\nassert.eq(1, 2)\nassert.eq(2, 2)\n");

        var (code, output) = await Run("test", _folder.FullName);

        Assert.Contains("a.star:2:", output, StringComparison.Ordinal);
        Assert.EndsWith("1 passed, 1 failed", output.Trim(), StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    [Fact]
    public async Task A_folder_without_scripts_fails_the_run()
    {
        var (code, output) = await Run("test", _folder.FullName);

        Assert.Contains("no .star files in it", output, StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    [Fact]
    public async Task A_script_prints_and_its_error_has_a_traceback()
    {
        Write("s.star", "print(\"before\")\ndef f():\n    return 1 // 0\nf()\n");

        var (code, output) = await Run(Path.Combine(_folder.FullName, "s.star"));

        Assert.Contains("before", output, StringComparison.Ordinal);
        Assert.Contains("s.star:3:14: in f", output, StringComparison.Ordinal);
        Assert.Contains("Error: floored division by zero", output, StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    [Theory]
    [InlineData("1 passed, 0 failed")]
    [InlineData("undefined: set", "--strict")]
    public async Task Strict_checks_run_without_sets(string expected, params string[] options)
    {
        Write("a.star", "load(\"assert.star\", \"assert\")\nassert.eq(len(set([1])), 1)\n");

        var (_, output) = await Run(["test", .. options, _folder.FullName]);

        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_given_in_several_arguments_is_one_program()
    {
        var (code, output) = await Run("-e", "def f(x):", "-e", "    return x + 1", "-e", "print(f(41))");

        Assert.Equal("42", output.Trim());
        Assert.Equal(0, code);
    }

    [Theory]
    [InlineData("unknown option --fast", "--fast")]
    [InlineData("unknown option --time of test", "test", "--time", "a.star")]
    [InlineData("-e needs the code to run", "-e")]
    [InlineData("-e runs code, not the file a.star as well", "-e", "1", "a.star")]
    [InlineData("test needs a file or folder", "test")]
    public async Task Arguments_that_do_not_fit_are_named(string expected, params string[] arguments)
    {
        var (code, output) = await Run(arguments);

        Assert.StartsWith(expected, output, StringComparison.Ordinal);
        Assert.Equal(2, code);
    }

    private static async Task<(int Code, string Output)> Run(params string[] arguments)
    {
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Starlark.Tool", configuration, "starlark-cli"));
        Assert.True(File.Exists(program), $"build tools/starlark first: there is no {program}");
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await errors);
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
