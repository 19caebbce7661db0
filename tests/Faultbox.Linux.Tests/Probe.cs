using System.Diagnostics;

namespace Faultbox.Linux.Tests;

/// <summary>The C program <c>Programs/probe.c</c>, compiled once per test run.</summary>
internal static class Probe
{
    private static readonly Lazy<string> Compiled = new(Compile);

    public static string Path => Compiled.Value;

    private static string Compile()
    {
        var source = System.IO.Path.Combine(AppContext.BaseDirectory, "Programs", "probe.c");
        var program = System.IO.Path.Combine(AppContext.BaseDirectory, "probe");
        using var compiler = Process.Start("gcc", ["-O1", "-w", "-pthread", "-o", program, source]);
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? program : throw new InvalidOperationException($"gcc could not compile {source}");
    }
}
