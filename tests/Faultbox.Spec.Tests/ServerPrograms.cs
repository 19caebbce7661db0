using System.Diagnostics;

namespace Faultbox.Spec.Tests;

/// <summary>The servers that specifications under test launch, compiled once.</summary>
internal static class ServerPrograms
{
    private static readonly Lazy<string> Lines = new(() => Compile("probe"));
    private static readonly Lazy<string> Web = new(() => Compile("httpd"));

    /// <summary>A server of text lines: <c>ping</c>, <c>env NAME</c>, <c>write PATH</c>, <c>fsync PATH</c>.</summary>
    public static string LineServer => Lines.Value;

    /// <summary>A server that answers with the status and the body its path names.</summary>
    public static string WebServer => Web.Value;

    private static string Compile(string name)
    {
        var output = Path.Combine(AppContext.BaseDirectory, "Programs", name);
        var source = Path.Combine(AppContext.BaseDirectory, "Programs", name + ".c");
        using var compiler = Process.Start(new ProcessStartInfo("gcc", ["-O1", "-o", output, source]))!;
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return output;
    }
}
