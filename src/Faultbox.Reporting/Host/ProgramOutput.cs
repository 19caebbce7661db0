using System.Diagnostics;

namespace Faultbox.Reporting.Host;

/// <summary>Asks an installed program about itself.</summary>
internal static class ProgramOutput
{
    /// <summary>First line that a program prints on either stream; null when it is not installed or prints nothing.</summary>
    /// <param name="program">Absolute path, or a name to be found in <c>PATH</c>.</param>
    /// <param name="arguments">Arguments.</param>
    /// <param name="cancel">Ends the program.</param>
    public static string? FirstLine(string program, IEnumerable<string> arguments, CancellationToken cancel)
    {
        if (!Path.IsPathRooted(program) && !IsInstalled(program))
        {
            return null;
        }

        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        if (process is null)
        {
            return null;
        }

        using var end = cancel.Register(static p => Kill((Process)p!), process);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancel.ThrowIfCancellationRequested();
        return (output + errors.Result).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
    }

    private static void Kill(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(d => d.Length > 0 && File.Exists(Path.Combine(d, program)));
}
